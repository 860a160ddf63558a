/** Sends notifications through the program runv-notify: Node has no datagram sockets of the unix family. */
import { spawn } from 'node:child_process';
import { notifyPath } from './notifyPath.ts';

export interface Notifier extends AsyncDisposable {
  /** Sends variables such as `{ READY: '1' }` as one message, after those before it. Line feeds in a value become spaces. */
  tell(variables: Readonly<Record<string, string>>): void;
  /** Resolves when what was told is sent, or cannot be; nothing can be told any more. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A value is cut there, in characters: a message has to fit into a datagram. */
const LONGEST_VALUE = 500;

/**
 * @param address as NOTIFY_SOCKET has it
 * @param onError called with what the sender says when it cannot send; the daemon goes on
 */
export function openNotifier(address: string, onError: (error: Error) => void): Notifier {
  const sender = spawn(notifyPath(), [address, `${process.pid}`], {
    stdio: ['pipe', 'ignore', 'pipe'],
    cwd: '/',
    env: {},
    // Out of reach of what a terminal sends to the daemon's group.
    detached: true,
  });
  const ended = new Promise<void>((resolve) => {
    sender.once('error', (error) => {
      onError(error);
      resolve();
    });
    sender.once('close', () => resolve());
  });
  // Node makes no streams for one that it cannot start for want of descriptors.
  sender.stderr?.setEncoding('utf8').on('data', (text: string) => onError(new Error(text.trim())));
  // Its end says why.
  sender.stdin?.on('error', () => {});
  return {
    tell: (variables) => {
      if (sender.stdin?.writable) sender.stdin.write(`${toText(variables)}\0`);
    },
    [Symbol.asyncDispose]: async () => {
      sender.stdin?.end();
      await ended;
    },
  };
}

function toText(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value.replace(/[\0\n]/g, ' ').slice(0, LONGEST_VALUE)}`)
    .join('\n');
}
