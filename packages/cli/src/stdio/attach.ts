/** Ties this process's stdin, stdout and stderr to a container's process, by FIFOs that the daemon opens. */
import { closeSync, constants, open as openCallback } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { execa } from 'execa';

const openFd = promisify(openCallback);

export interface Attachment extends AsyncDisposable {
  /** To be called once the process runs: from then on its output is written here, and this process's stdin goes to it. */
  begin(): void;
  /** For the request. */
  readonly paths: { readonly stdin: string; readonly stdout: string; readonly stderr: string };
  /** Resolves when all of the process's output has been written here. */
  readonly outputDone: Promise<void>;
}

export async function attach(terminal: boolean): Promise<Attachment> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-stdio-'));
  const path = (name: string) => join(dir, name);
  const names = ['stdin', 'stdout', ...(terminal ? [] : ['stderr'])];
  await execa('mkfifo', ['-m', '0600', ...names.map(path)]);
  const outputs = [await openOutput(path('stdout'), process.stdout)];
  if (!terminal) outputs.push(await openOutput(path('stderr'), process.stderr));
  const input = await copyIn(path('stdin'), terminal);
  return {
    begin: () => {
      for (const output of outputs) output.begin();
      input.begin();
    },
    paths: { stdin: path('stdin'), stdout: path('stdout'), stderr: terminal ? '' : path('stderr') },
    outputDone: Promise.all(outputs.map(({ source }) => finished(source).catch(() => {}))).then(() => {}),
    [Symbol.asyncDispose]: async () => {
      for (const { source } of outputs) source.destroy();
      input.close();
      process.stdin.pause();
      process.stdin.unref?.();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

interface Output {
  readonly source: Socket;
  begin(): void;
}

/** Opened for reading before the daemon opens it for writing; the pipe's end comes when the daemon closes it. */
async function openOutput(path: string, target: NodeJS.WriteStream): Promise<Output> {
  const fd = await openFd(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const source = new Socket({ fd, readable: true, writable: false });
  // Our own reader went away: the process is not to be held up for it.
  target.once('error', () => source.unpipe(target).resume());
  return { source, begin: () => source.pipe(target, { end: false }) };
}

interface Input {
  begin(): void;
  close(): void;
}

/**
 * Opened for reading here too, so that opening it for writing does not wait for the daemon; the daemon sees the end
 * when the writing end closes.
 */
async function copyIn(path: string, terminal: boolean): Promise<Input> {
  const holder = await openFd(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = await openFd(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const target = new Socket({ fd, readable: false, writable: true });
  target.on('error', () => {});
  return {
    begin: () => process.stdin.pipe(target, { end: !terminal }),
    close: () => {
      process.stdin.unpipe(target);
      target.destroy();
      closeSync(holder);
    },
  };
}
