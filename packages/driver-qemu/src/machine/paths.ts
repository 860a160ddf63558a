/** Where things are in a VM's directory. Names are short, because a unix socket's path has at most 107 bytes. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface Paths {
  /** The monitor of whoever started it. */
  readonly start: string;
  /** The monitor for whoever finds this VM again. */
  readonly qmp: string;
  /** The monitor by which it gets taps. */
  readonly taps: string;
  /** QEMU's process id. */
  readonly pid: string;
  readonly console: string;
  channel(index: number): string;
  /** What the guest wrote on its console. */
  readonly consoleLog: string;
  /** What QEMU wrote on its stdout and stderr. */
  readonly qemuLog: string;
}

export function pathsIn(dir: string): Paths {
  return {
    start: join(dir, 'start.sock'),
    qmp: join(dir, 'qmp.sock'),
    taps: join(dir, 'taps.sock'),
    pid: join(dir, 'pid'),
    console: join(dir, 'console.sock'),
    channel: (index) => join(dir, `channel${index}.sock`),
    consoleLog: join(dir, 'console.log'),
    qemuLog: join(dir, 'qemu.log'),
  };
}

/** An image's files, in the directory of `saveTo` and `from`. */
export function imageIn(dir: string): { readonly memory: string; readonly state: string } {
  return { memory: join(dir, 'memory'), state: join(dir, 'state') };
}

/** What a QEMU that was killed leaves behind; the logs stay. */
export async function removeSockets(paths: Paths, channels: number): Promise<void> {
  const left = [paths.start, paths.qmp, paths.taps, paths.console, paths.pid];
  for (let index = 0; index < channels; index++) left.push(paths.channel(index));
  await Promise.all(left.map((path) => rm(path, { force: true })));
}
