/** Starts programs of the host, gives them input, and collects what they print. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Spawned, type SpawnOptions, spawn } from '@runv/spawner';
import { abortable } from './abortable.ts';

export interface ProgramOptions extends Pick<SpawnOptions, 'argv0' | 'cwd' | 'env' | 'netns'> {
  /** Kills the program by SIGKILL. */
  readonly signal?: AbortSignal | undefined;
  /** How much of the end of each output is kept, in characters; all unless given. */
  readonly keep?: number | undefined;
}

interface ProgramEnd {
  /** The exit status, or the signal that ended the program. */
  readonly status: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order in which they arrived. */
  readonly output: string;
}

export interface Program {
  /** Writes all input and closes stdin. A program need not read it. */
  send(input: string): void;
  /** Resolves when the program has ended. Rejects when it cannot be started, or was aborted. */
  readonly ended: Promise<ProgramEnd>;
}

export function startProgram(file: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const { signal, keep, ...rest } = options;
  const started = spawn(file, args, { ...rest, stdio: ['in', 'out', 'out'] });
  const whole = endOf(started, keep, signal);
  const ended = signal ? abortable(whole, { signal }) : whole;
  // Whoever awaits it gets the error.
  ended.catch(() => {});
  const send = async (input: string) => {
    const [stdin] = (await started).streams;
    // Its end tells what went wrong, not its stdin.
    stdin?.on('error', () => {}).end(input);
  };
  return { send: (input) => void send(input).catch(() => {}), ended };
}

async function endOf(started: Promise<Spawned>, keep: number | undefined, signal?: AbortSignal): Promise<ProgramEnd> {
  const { streams, ended, kill } = await started;
  const [, out, err] = streams as [Socket, Socket, Socket];
  const [stdout, stderr, output] = [collect([out], keep), collect([err], keep), collect([out, err], keep)];
  const abort = () => kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  const [{ code, signal: by }] = await Promise.all([ended, once(out, 'close'), once(err, 'close')]);
  signal?.removeEventListener('abort', abort);
  signal?.throwIfAborted();
  return { status: code ?? by, stdout: stdout(), stderr: stderr(), output: output() };
}

function collect(streams: readonly Socket[], keep = Number.POSITIVE_INFINITY): () => string {
  let text = '';
  for (const stream of streams)
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.length > keep) text = text.slice(-keep);
    });
  return () => text;
}
