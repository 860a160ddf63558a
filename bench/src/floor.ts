/** The floor: the same QEMU, kernel and initrd, started by hand, until its guest says READY. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `u32 code 8, u32 length 8`: what the guest sends first. */
const READY = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8]);

/** The command line of a VM of the daemon's, so that the floor is the very same machine. */
export async function commandLineOf(pid: number): Promise<string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
}

/** @returns ms from the spawn of QEMU to READY, in a directory of its own */
export async function bareBoot(line: readonly string[], vmDir: string): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-bare-'));
  await mkdir(join(dir, 'share'));
  const [executable = '', ...args] = byHand(line).map((arg) => arg.replaceAll(vmDir, dir));
  const started = performance.now();
  const qemu = spawn(executable, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await ready(args, () => qemu.exitCode === null);
    return performance.now() - started;
  } finally {
    const ended = new Promise((resolve) => qemu.once('exit', resolve));
    qemu.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true });
  }
}

/** Without the monitor that stops it and calls back: it runs at once. */
function byHand(line: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < line.length; at += 1) {
    const [arg = '', next = ''] = [line[at], line[at + 1]];
    if (arg === '-S') continue;
    if ((arg === '-mon' && next.includes('qmp0')) || (arg === '-chardev' && next.includes('id=qmp0'))) at += 1;
    else kept.push(arg);
  }
  return kept;
}

async function ready(args: readonly string[], alive: () => boolean): Promise<void> {
  const control = args.find((arg) => arg.startsWith('socket,id=ch0,'));
  const path = /path=([^,]+)/.exec(control ?? '')?.[1] ?? '';
  while (alive()) {
    const said = await readFirst(path);
    if (said) {
      if (!said.subarray(0, 8).equals(READY))
        throw new Error(`the guest said ${said.toString('hex')} instead of READY`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error('the bare QEMU ended before its guest was ready');
}

/** undefined while nobody listens. */
function readFirst(path: string): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(undefined));
    socket.once('data', (data: Buffer) => {
      socket.destroy();
      resolve(data);
    });
  });
}
