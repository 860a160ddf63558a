// A real ShimServer, and real shims with real pipes that connect to it.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { startShim } from '@runv/shim';
import type { InputSource, Shim } from '@runv/supervisor';
import pino from 'pino';
import { makePipe, readerOf, writerOf } from '../../../../shim/test/support/pipe.ts';
import { ShimServer } from '../../../src/shim/shimServer.ts';

export const logger = pino({ level: 'silent' });

export interface Rig extends AsyncDisposable {
  readonly dir: string;
  /** Of the daemon. */
  readonly socket: string;
  readonly shims: ShimServer;
  start(options?: StartOptions): Promise<Running>;
}

interface StartOptions {
  readonly key?: string;
  /** Where the shim connects to, when not to the daemon itself. */
  readonly socket?: string;
  /** Descriptors in place of pipes; they stay the test's to close. */
  readonly stdout?: number;
}

interface Running {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  /** The caller's ends of its stdio. */
  readonly caller: { readonly stdin: Socket; readonly stdout: Socket; readonly stderr: Socket };
  /** The daemon's ends. */
  readonly daemon: { readonly stdin: Readable; readonly stdout: Writable; readonly stderr: Writable };
  readonly shim: Shim;
}

export async function openRig(program: string): Promise<Rig> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-shim-'));
  const socket = join(dir, 'shim.sock');
  const shims = await ShimServer.listen(socket, logger);
  const running: Running[] = [];
  return {
    dir,
    socket,
    shims,
    start: async (options = {}) => {
      const one = await start(program, dir, shims, { socket, key: `c${running.length}/init/token`, ...options });
      running.push(one);
      return one;
    },
    [Symbol.asyncDispose]: async () => {
      for (const { child, ended, caller } of running) {
        child.kill('SIGKILL');
        await ended;
        for (const end of Object.values(caller)) end.destroy();
      }
      await shims.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function start(
  program: string,
  dir: string,
  shims: ShimServer,
  options: StartOptions & { key: string; socket: string },
): Promise<Running> {
  const [stdin, stdout, stderr] = await Promise.all([makePipe(dir), makePipe(dir), makePipe(dir)]);
  const request = shims.request(options.key);
  const opening = request.stdio.open();
  const { pid, child } = await startShim({
    path: program,
    socket: options.socket,
    key: options.key,
    args: ['sleep', '1000'],
    stdio: [stdin.reader, options.stdout ?? stdout.writer, stderr.writer],
  });
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  for (const fd of [stdin.reader, stdout.writer, stderr.writer]) closeSync(fd);
  const opened = await opening;
  if (opened.stdin) tellWhatWasRead(opened.stdin);
  const typing = writerOf(stdin.writer);
  // A shim that ends reads no more.
  typing.on('error', () => {});
  return {
    pid,
    child,
    ended,
    caller: { stdin: typing, stdout: readerOf(stdout.reader), stderr: readerOf(stderr.reader) },
    daemon: opened as Running['daemon'],
    shim: await request.shim.connect(),
  };
}

/** As a guest that has got what it is given. */
export function tellWhatWasRead(stdin: InputSource, from = 0): void {
  const read = stdin.read.bind(stdin);
  let total = from;
  stdin.read = (size) => {
    const chunk = read(size);
    total += chunk?.length ?? 0;
    stdin.received?.(total);
    return chunk;
  };
}

/** Signals that a shim has forwarded, as they arrive. */
export function signalsOf(shim: Shim): { readonly seen: number[]; until(number: number): Promise<void> } {
  const seen: number[] = [];
  let wake = () => {};
  shim.relay({
    signal: (number) => {
      seen.push(number);
      wake();
    },
    resize: () => {},
  });
  return {
    seen,
    until: async (number) => {
      while (!seen.includes(number)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
