/** Watches a network namespace for changes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { SupervisorError } from '../base/errors.ts';

/** How long changes are collected, in ms: an engine makes several in a row. */
const GATHER_MS = 100;

export interface NamespaceWatch extends AsyncDisposable {
  /** Calls `changed` for each change from now on, and at once if there was one before. */
  begin(changed: () => void): void;
}

/**
 * Runs one process, which is killed when this one ends.
 *
 * @param netns a path such as `/proc/123/ns/net`
 * @param onError called when that process ends by itself
 */
export function watchNamespace(netns: string, onError: (error: unknown) => void): NamespaceWatch {
  const command = ['nsenter', `--net=${netns}`, 'ip', '-oneline', 'monitor', 'link', 'address', 'route'];
  const child = spawn('setpriv', ['--pdeathsig=KILL', ...command], { stdio: ['ignore', 'pipe', 'ignore'] });
  let [stopped, unseen] = [false, false];
  let changed: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    timer = undefined;
    unseen = changed === undefined;
    changed?.();
  };
  // Node makes no streams for one that it cannot start for want of descriptors.
  child.stdout?.on('data', () => {
    timer ??= setTimeout(tell, GATHER_MS);
  });
  const ended = endOf(child).then((words) => {
    if (!stopped) onError(new SupervisorError('FAILED', `nobody watches the network namespace any more: ${words}`));
  });
  return {
    begin(call) {
      changed = call;
      if (unseen) tell();
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      changed = undefined;
      clearTimeout(timer);
      child.kill('SIGKILL');
      await ended;
      clearTimeout(timer);
    },
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`ip monitor ended with ${signal ?? `status ${code}`}`));
  });
}
