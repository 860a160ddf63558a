/** The VMs of a daemon, as the host sees them. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Daemon } from '@runv/testkit';

/** A running VM of a daemon's, for one by hand that is to be the very same. */
export interface Machine {
  readonly line: readonly string[];
  readonly dir: string;
}

export async function machineOf(daemon: Daemon, id: string): Promise<Machine> {
  const pid = await pidOf(daemon, id);
  const line = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  // What it shares is in the VM's directory.
  const share = /path=(.*)\/share,/.exec(line[line.indexOf('-fsdev') + 1] ?? '')?.[1];
  if (share === undefined) throw new Error(`QEMU ${pid} shares no directory: ${line.join(' ')}`);
  return { line, dir: share };
}

/** The process id of the QEMU in which a container is. */
export async function pidOf(daemon: Daemon, id: string): Promise<number> {
  const { containers } = await daemon.client.state({ id });
  const pid = containers[0]?.pids[0];
  if (pid === undefined) throw new Error(`the container ${id} has no VM`);
  return pid;
}

/**
 * The proportional set size of a VM: memory that processes share is divided among them. A User-mode Linux has a process for each program
 * of its guest.
 */
export async function vmPssMiB(pid: number): Promise<number> {
  const namespace = await readlink(`/proc/${pid}/ns/pid`);
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const sizes = all.map(async (other) => {
    const theirs = await readlink(`/proc/${other}/ns/pid`).catch(() => undefined);
    // A program of the guest may end meanwhile.
    return theirs === namespace ? await processPssMiB(Number(other)).catch(() => 0) : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, each) => sum + each, 0);
}

/** That of one process. */
export async function processPssMiB(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? Number.NaN) / 1024;
}

/** Between two looks, in ms: several of the ticks in which the kernel counts CPU time. */
const LOOK_MS = 100;
/** So many looks in a row must find the same. */
const LOOKS = 3;
const PATIENCE_MS = 180_000;

/**
 * Waits until the daemon has exactly `kept + running` VMs and nothing goes on in them. Those of the warm pool are paused
 * and use no CPU at all, which tells them from those that are being made ready: neither directories nor processes do.
 *
 * @param running VMs of idle containers, in which a timer may tick
 */
export async function settled(daemon: Daemon, kept: number, running = 0): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  let [before, quiet] = [await look(daemon), 0];
  while (quiet < LOOKS) {
    await delay(LOOK_MS);
    const now = await look(daemon);
    const same = now.pids.length === kept + running && now.pids.join() === before.pids.join();
    quiet = same && now.ticks - before.ticks <= running ? quiet + 1 : 0;
    before = now;
    if (performance.now() > until)
      throw new Error(`${kept} + ${running} VMs at rest were expected, there are: ${before.pids}; ${daemon.stderr}`);
  }
}

interface Look {
  readonly pids: readonly string[];
  /** CPU time of all of them; unknown when one is just being made or removed. */
  readonly ticks: number;
}

async function look(daemon: Daemon): Promise<Look> {
  const root = join(daemon.containerdDir, 'vm');
  const dirs = await readdir(root).catch(() => []);
  const pids = await Promise.all(dirs.map((dir) => readFile(join(root, dir, 'pid'), 'utf8').catch(() => '')));
  const ticks = await Promise.all(pids.map((pid) => ticksOf(pid.split(' ')[0] ?? '')));
  return { pids, ticks: ticks.reduce((sum, each) => sum + each, 0) };
}

async function ticksOf(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // After the name, which is in parentheses: user and system time are the 14th and 15th field.
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return user === undefined ? Number.NaN : Number(user) + Number(system);
}
