/** Watches a network namespace for changes. */
import { createInterface } from 'node:readline';
import { type Spawned, spawn } from '@runv/spawner';
import { SupervisorError } from '../base/errors.ts';
import { namesTap } from './tap.ts';

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
  const command = ['-oneline', 'monitor', 'link', 'address', 'route'];
  const child = spawn('ip', command, { netns, tied: true, stdio: ['null', 'out', 'null'] });
  let [stopped, unseen] = [false, false];
  let changed: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    timer = undefined;
    unseen = changed === undefined;
    changed?.();
  };
  const changes = () => {
    timer ??= setTimeout(tell, GATHER_MS);
  };
  const ended = endOf(child, changes).then((words) => {
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
      await child.then(({ kill }) => kill('SIGKILL')).catch(() => {});
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Why it has ended. Never rejects. */
async function endOf(child: Promise<Spawned>, changes: () => void): Promise<string> {
  try {
    const { streams, ended } = await child;
    const output = streams[1];
    if (output) {
      // What happens to runv's own taps is no change.
      createInterface(output).on('line', (line) => namesTap(line) || changes());
    }
    const { code, signal } = await ended;
    return `ip monitor ended with ${signal ?? `status ${code}`}`;
  } catch (error) {
    return (error as Error).message;
  }
}
