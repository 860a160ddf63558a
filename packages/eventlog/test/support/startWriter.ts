/** Starts writer.mjs, the process that appends until it is killed, on the built package. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { deferred } from './deferred.ts';

export interface Writer {
  readonly child: ChildProcess;
  /** What it has said so far, a line each. */
  readonly said: string[];
  /** Waits for a line. */
  line(text: string): Promise<void>;
  /** Waits until it has said so many lines. */
  lines(count: number): Promise<void>;
}

export function startWriter(dir: string, first: number, burst: number): Writer {
  const script = fileURLToPath(new URL('writer.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, dir, String(first), String(burst)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: string[] = [];
  let changed = deferred();
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line);
    changed.resolve();
    changed = deferred();
  });
  child.once('exit', () => changed.reject(new Error('the writer has ended')));
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await changed.promise;
  };
  return {
    child,
    said,
    line: (text) => until(() => said.includes(text)),
    lines: (count) => until(() => said.length >= count),
  };
}
