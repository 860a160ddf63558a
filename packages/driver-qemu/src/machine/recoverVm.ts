/**
 * Takes over a VM that another process started. The monitor that waits for this has one client at a time, so whoever has it is alone with
 * the machine; then the earlier daemon's connections must be gone, and ours be taken, before anything is asked or changed.
 */
import { HypervisorError, type RecoverOptions, type VirtualMachine } from '@runv/hypervisor';
import { connectTo, Limit, messageOf, notRunning } from '@runv/hypervisor/parts';
import { ENDING_MS, foundProcess, goneWithin, isRunning, type ProcessIdentity, readIdentity } from '@runv/jail';
import { phase } from '@runv/timeline';
import * as z from 'zod/mini';
import type { QmpClient } from '../qmp/qmpClient.ts';
import { allFree, allTaken } from './chardevs.ts';
import { CHARDEV, channelChardev } from './commandLine.ts';
import { Connections } from './connections.ts';
import { foundNetworks } from './foundNetworks.ts';
import { foundSize } from './foundSize.ts';
import { Networks } from './network.ts';
import { pathsIn } from './paths.ts';
import { QemuMachine } from './qemuMachine.ts';

/** How long QEMU may take for all of it, in ms; it takes 30 on an idle machine. */
const RECOVER_MS = 15_000;

const runState = z.object({ status: z.string(), running: z.boolean() });

/** Everything in here waits for QEMU's answers, so that closing the connections ends every wait. */
export async function recoverVm(options: RecoverOptions, limitMs = RECOVER_MS): Promise<VirtualMachine> {
  const { id, dir, signal } = options;
  signal?.throwIfAborted();
  const identity = await readIdentity(pathsIn(dir).pid);
  if (identity === undefined || !isRunning(identity)) throw notRunning(id, dir);
  const connections = new Connections();
  const over = new AbortController();
  using limit = new Limit(limitMs, signal, () => {
    over.abort();
    connections.close();
  });
  const progress = { step: 'its monitor is free and answers' };
  try {
    const vm = await phase('recover a VM', () =>
      takeOver({ ...options, signal: over.signal }, identity, connections, progress),
    );
    if (signal?.aborted) await vm.release();
    signal?.throwIfAborted();
    return vm;
  } catch (error) {
    connections.close();
    signal?.throwIfAborted();
    // A QEMU that dies closes its sockets a moment before its end is seen. One that refused something has not died.
    const alive = limit.late || isRefusal(error);
    if (await goneWithin(identity, alive ? 0 : ENDING_MS)) throw notRunning(id, dir, error);
    const what = limit.late ? `it took more than ${limitMs} ms until ${progress.step}` : messageOf(error);
    throw new HypervisorError('FAILED', `VM ${id} in ${dir} cannot be recovered: ${what}`, { cause: error });
  }
}

interface Progress {
  /** What is waited for, in words that follow "until". */
  step: string;
}

async function takeOver(
  options: RecoverOptions,
  identity: ProcessIdentity,
  connections: Connections,
  progress: Progress,
): Promise<VirtualMachine> {
  const { id, dir, boot, guest, channels, signal } = options;
  const paths = pathsIn(dir);
  const qmp = await connections.openMonitor(await connectTo(paths.qmp, { signal }));
  const ends = [CHARDEV.console, ...channels.map((_, index) => channelChardev(index))];
  progress.step = 'the process that had it before let go of it';
  await allFree(qmp, [CHARDEV.start, CHARDEV.taps, ...ends]);
  progress.step = 'it said whether it runs';
  await refuseStopped(qmp);
  const process = foundProcess(identity, qmp.closed);
  try {
    progress.step = 'its channels were connected, and it said what it has';
    // At a time: where many are taken over, each turn of each counts.
    const [ports, devices, size] = await Promise.all([
      connections.connectPorts(paths, channels, process.ended),
      foundNetworks(qmp),
      foundSize(qmp),
    ]);
    await allTaken(qmp, ends);
    const networks = new Networks(id, qmp, paths.taps, { found: devices });
    const parts = { id, dir, boot, guest, size, networks, paths, connections, qmp, ports, process };
    return new QemuMachine({ ...parts, saveTo: undefined });
  } catch (error) {
    process.letGo();
    throw error;
  }
}

/** One of a warm pool, one that its user paused, or one whose start was cut off: nobody could say what its guest has been told. */
async function refuseStopped(qmp: QmpClient): Promise<void> {
  const { running, status } = runState.parse(await qmp.execute('query-status'));
  if (!running) throw new HypervisorError('FAILED', `it was not running: QEMU says '${status}'`);
}

function isRefusal(error: unknown): boolean {
  return error instanceof HypervisorError && error.code === 'FAILED';
}
