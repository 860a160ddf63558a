/** The context of a command that runs in a process of its own. */
import { isatty } from 'node:tty';
import type { CommandContext } from '../context/commandContext.ts';
import { openClient } from './openClient.ts';

export function processContext(): CommandContext {
  return {
    cwd: workingDirectory(),
    stdout: process.stdout,
    stderr: process.stderr,
    hasTerminal: isatty(0) || isatty(1),
    get windowSize() {
      const { rows, columns } = process.stdout;
      return rows && columns ? { height: rows, width: columns } : undefined;
    },
    daemonSocket: undefined,
    exitCode: 0,
    disconnected: new AbortController().signal,
    // Loaded on demand: most commands start no shim.
    startShim: async (options) => await (await import('@runv/shim')).startShim(options),
    openClient,
    requireOwnProcess: () => {},
  };
}

/** Where it was removed, a path that names it still: nothing is found there, and absolute paths do not need it. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '/proc/self/cwd';
  }
}
