/** The baseline of what has to do with VMs: the daemon's QEMU, started by hand in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Machine } from './machines.ts';
import { within } from './timeLimit.ts';

export class BareQemu implements AsyncDisposable {
  readonly dir: string;
  readonly #executable: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  /** Does not start it yet. @param change what is to be different on the command line */
  static async make(
    { line, dir: like }: Machine,
    change: (line: string[], dir: string) => string[],
  ): Promise<BareQemu> {
    const dir = await mkdtemp(join(tmpdir(), 'runv-bare-'));
    await mkdir(join(dir, 'share'));
    const same = line.map((arg) => byPath(arg.replaceAll(like, dir), dir));
    return new BareQemu(dir, change(same, dir));
  }

  private constructor(dir: string, [executable = '', ...args]: string[]) {
    this.dir = dir;
    this.#executable = executable;
    this.#args = args;
  }

  /** @param inherited what it has as descriptors from 3 on */
  start(...inherited: number[]): void {
    this.#child = spawn(this.#executable, this.#args, { stdio: ['ignore', 'ignore', 'inherit', ...inherited] });
  }

  /** The host's end of a port, as soon as QEMU listens. */
  channel(index: number): Promise<Socket> {
    return this.#connected(`channel${index}.sock`);
  }

  /** Its monitor, as soon as QEMU listens. */
  monitor(): Promise<Socket> {
    return this.#connected('start.sock');
  }

  async #connected(name: string): Promise<Socket> {
    const path = join(this.dir, name);
    for (;;) {
      const socket = await tryConnect(path);
      if (socket) return socket;
      if (this.#child?.exitCode !== null) throw new Error('the bare QEMU ended');
      await delay(1);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child?.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(this.dir, { recursive: true });
  }
}

/** Without the monitor by which it is told to run: it runs at once. */
export function runningAtOnce(line: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < line.length; at += 1) {
    const [arg = '', next = ''] = [line[at], line[at + 1]];
    if (arg === '-S') continue;
    if ((arg === '-mon' && next.includes('qmp0')) || (arg === '-chardev' && next.includes('id=qmp0'))) at += 1;
    else kept.push(arg);
  }
  return kept;
}

/** The first bytes that come from a port. */
export async function firstBytes(channel: Socket): Promise<Buffer> {
  const over = new AbortController();
  const { signal } = over;
  const closed = once(channel, 'close', { signal }).then(() => [undefined]);
  try {
    const word = Promise.race([once(channel, 'data', { signal }), closed]);
    const [bytes] = (await within('a word of the bare guest', word)) as [Buffer | undefined];
    if (!bytes) throw new Error('the bare QEMU ended before its guest said anything');
    return bytes;
  } finally {
    closed.catch(() => {});
    over.abort();
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => {
      // A QEMU that is killed resets it.
      socket.removeAllListeners('error').on('error', () => {});
      resolve(socket);
    });
  });
}

const SOCKETS: Readonly<Record<string, string>> = { con0: 'console', qmp0: 'start', qmp1: 'qmp', qmp2: 'taps' };

/** What the daemon's QEMU found open, this one opens itself. */
function byPath(arg: string, dir: string): string {
  // A clone's memory is the second file that it inherits.
  const memory = arg.replace(/mem-path=\/proc\/self\/fd\/\d+/, 'mem-path=/proc/self/fd/4');
  return memory.replace(/^socket,id=(\w+),fd=\d+/, (_, id: string) => {
    return `socket,id=${id},path=${join(dir, `${SOCKETS[id] ?? id.replace('ch', 'channel')}.sock`)}`;
  });
}
