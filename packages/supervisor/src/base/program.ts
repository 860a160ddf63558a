/** Starts programs of the host, gives them input, and collects what they print. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface ProgramOptions {
  readonly argv0?: string | undefined;
  readonly cwd?: string | undefined;
  /** The whole environment; this process's unless given. */
  readonly env?: Record<string, string> | undefined;
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
  const { argv0, cwd, env, signal, keep } = options;
  const child = spawn(file, args, { argv0, cwd, env, signal, killSignal: 'SIGKILL', stdio: 'pipe' });
  const [stdout, stderr] = [collect([child.stdout], keep), collect([child.stderr], keep)];
  const output = collect([child.stdout, child.stderr], keep);
  // Its end tells what went wrong, not its stdin.
  child.stdin?.on('error', () => {});
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) =>
      resolve({ status: code ?? by, stdout: stdout(), stderr: stderr(), output: output() }),
    );
  });
  // Whoever awaits it gets the error.
  ended.catch(() => {});
  return { send: (input) => child.stdin?.end(input), ended };
}

/** @param streams none of one that Node cannot start for want of descriptors */
function collect(streams: readonly (Readable | undefined)[], keep = Number.POSITIVE_INFINITY): () => string {
  let text = '';
  for (const stream of streams)
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.length > keep) text = text.slice(-keep);
    });
  return () => text;
}
