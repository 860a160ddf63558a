/** This process as the caller of a command. */
import { isatty } from 'node:tty';
import type { Caller } from './caller.ts';
import { openClient } from './daemon/openClient.ts';

export function thisProcess(): Caller {
  return {
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    hasTerminal: isatty(0) || isatty(1),
    get windowSize() {
      const { rows, columns } = process.stdout;
      return rows && columns ? { height: rows, width: columns } : undefined;
    },
    exitCode: 0,
    gone: new AbortController().signal,
    // Only now: most commands start none.
    startShim: async (options) => await (await import('@runv/shim')).startShim(options),
    openClient,
    needProcess: () => {},
  };
}
