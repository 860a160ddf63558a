/** The baseline of what starts a process in a pod: the same program started by a shell of the guest's, timed there. */
import { type Daemon, runExec } from '@runv/testkit';
import { nextId } from './firstByte.ts';

/** The guest's clock has hundredths of a second. */
const TIMES = 200;

/** @returns ms of one fork, exec and wait */
export async function inGuest(daemon: Daemon, pod: string, program: string): Promise<number> {
  const script = [
    'read from rest < /proc/uptime; i=0',
    `while [ $i -lt ${TIMES} ]; do ${program} > /dev/null; i=$((i+1)); done`,
    'read to rest < /proc/uptime; echo $from $to',
  ].join('; ');
  const { stdout, stderr, status } = await runExec(daemon, pod, { pid: nextId(), args: ['sh', '-c', script] });
  if (status !== 0) throw new Error(`the guest's shell ended with ${status}: ${stderr}`);
  const [from = Number.NaN, to = Number.NaN] = stdout.toString().split(' ').map(Number);
  return ((to - from) * 1000) / TIMES;
}
