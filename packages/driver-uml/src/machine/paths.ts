/** Where things are in a VM's directory. Names are short, because a unix socket's path has at most 107 bytes. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface Paths {
  /** Where the kernel is asked for what it has and gets more; whoever is connected has the VM. */
  readonly monitor: string;
  /** Where the kernel gets taps. */
  readonly taps: string;
  /** The identity of the VM's process. */
  readonly pid: string;
  /** How it ended. */
  readonly status: string;
  /** A FIFO that the guest's console writes to. */
  readonly console: string;
  /** What nobody had read there when the VM ended. */
  readonly consoleLeft: string;
  channel(index: number): string;
  /** What the guest wrote on its console. */
  readonly consoleLog: string;
  /** What the kernel wrote on its stderr. */
  readonly umlLog: string;
}

export function pathsIn(dir: string): Paths {
  return {
    monitor: join(dir, 'monitor.sock'),
    taps: join(dir, 'taps.sock'),
    pid: join(dir, 'pid'),
    status: join(dir, 'status'),
    console: join(dir, 'console.fifo'),
    consoleLeft: join(dir, 'console.fifo.left'),
    channel: (index) => join(dir, `channel${index}.sock`),
    consoleLog: join(dir, 'console.log'),
    umlLog: join(dir, 'uml.log'),
  };
}

/** What a kernel that was killed leaves behind; the logs stay. */
export async function removeSockets(paths: Paths, channels: number): Promise<void> {
  const left = [paths.monitor, paths.taps, paths.console, paths.consoleLeft, paths.pid, paths.status];
  for (let index = 0; index < channels; index++) left.push(paths.channel(index));
  await Promise.all(left.map((path) => rm(path, { force: true })));
}
