/** Many bytes out of a container's process and into it, against the bare port of a machine of the same kind. */
import { once } from 'node:events';
import { constants, open as openCallback } from 'node:fs';
import { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Daemon, Fifos } from '@runv/testkit';
import { alternate } from './alternate.ts';
import { BarePort } from './barePort.ts';
import { Exits } from './exits.ts';
import { nextId, removeAll } from './firstByte.ts';
import type { Setting } from './group.ts';
import { machineOf } from './machines.ts';
import { measuredDriver } from './measuredDriver.ts';
import { type Metric, metric, timed } from './metric.ts';
import { within } from './timeLimit.ts';
import { BLOCK, give, take } from './transfer.ts';

const POD = 'pod';
const MIB = 1024 * 1024;

const openFd = promisify(openCallback);

export async function stdio({ bundles, short }: Setting): Promise<Metric[]> {
  const mib = short ? 16 : 256;
  const bytes = mib * MIB;
  await using daemon = await Daemon.start();
  using exits = await Exits.of(daemon);
  await daemon.client.createContainer({ id: POD, bundlePath: await bundles.bundle({ args: ['sleep', '100000'] }) });
  const rate = async (ms: Promise<number>) => (mib / (await ms)) * 1000;
  const ours = {
    out: () => rate(out(daemon, exits, bytes)),
    in: () => rate(into(daemon, exits, bytes)),
  };
  if (!(await measuredDriver()).byHand) {
    const samples = await alternate(short ? 1 : 10, ours);
    await removeAll(daemon);
    const target = { of: 'median', atLeast: 300 } as const;
    return [
      metric(`stdout, ${mib} MiB`, 'MiB/s', samples.out, { target }),
      metric(`stdin, ${mib} MiB`, 'MiB/s', samples.in, { target }),
    ];
  }
  await using port = await BarePort.boot(await machineOf(daemon, POD), bytes);
  const samples = await alternate(short ? 1 : 10, {
    ...ours,
    bareOut: () => rate(port.out()),
    bareIn: () => rate(port.in()),
  });
  await removeAll(daemon);
  const row = (name: string, ours: readonly number[], bare: readonly number[]) =>
    metric(`${name}, ${mib} MiB`, 'MiB/s', ours, {
      baseline: { name: 'the bare port to a socket', samples: bare },
      target: { of: 'ratio', atLeast: 0.7 },
    });
  return [row('stdout', samples.out, samples.bareOut), row('stdin', samples.in, samples.bareIn)];
}

/** @returns ms from the first byte to the last */
async function out(daemon: Daemon, exits: Exits, bytes: number): Promise<number> {
  await using fifos = await Fifos.make();
  const [pid, stdout] = [nextId(), await fifos.reader('stdout')];
  const exit = exits.of(POD, pid);
  const taken = within('all of stdout', take(stdout, bytes));
  const args = ['dd', 'if=/dev/zero', 'bs=64k', `count=${bytes / BLOCK}`, 'status=none'];
  await daemon.client.addProcess({ id: POD, pid, args, stdout: fifos.path('stdout') });
  const ms = await taken;
  await exit;
  stdout.destroy();
  return ms;
}

/** @returns ms from the first byte written until the process says that it has read all of them */
async function into(daemon: Daemon, exits: Exits, bytes: number): Promise<number> {
  await using fifos = await Fifos.make();
  const [pid, stdout] = [nextId(), await fifos.reader('stdout')];
  const exit = exits.of(POD, pid);
  const said = once(stdout, 'data');
  const all = text(stdout);
  // Not through a stream of files, so that both sides of the comparison write in the same way; and for reading, too,
  // because that does not wait for the daemon.
  const fd = await openFd(fifos.path('stdin'), constants.O_RDWR | constants.O_NONBLOCK);
  const stdin = new Socket({ fd, readable: false, writable: true });
  const args = ['sh', '-c', 'exec dd of=/dev/null bs=64k iflag=fullblock 2>&1'];
  await daemon.client.addProcess({ id: POD, pid, args, stdin: fifos.path('stdin'), stdout: fifos.path('stdout') });
  const given = async () => {
    await give(stdin, bytes);
    stdin.end();
    await said;
  };
  const ms = await timed(() => within('the end of stdin', given()));
  await exit;
  const words = await all;
  if (!words.includes(`${bytes / BLOCK}+0 records in`)) throw new Error(`the process did not read all: ${words}`);
  return ms;
}
