/**
 * Takes over a VM that another process started. Its kernel answers one client of its monitor at a time, and that one has the VM: the others
 * wait until it hangs up.
 */
import { HypervisorError, type RecoverOptions, type VirtualMachine } from '@runv/hypervisor';
import { Limit, messageOf, notRunning } from '@runv/hypervisor/parts';
import {
  ENDING_MS,
  foundProcess,
  goneWithin,
  isRunning,
  isStopped,
  type ProcessIdentity,
  readIdentity,
} from '@runv/jail';
import { phase } from '@runv/timeline';
import { Connections } from './connections.ts';
import { Networks } from './networks.ts';
import { pathsIn } from './paths.ts';
import { UmlMachine } from './umlMachine.ts';

/** How long its kernel may take to answer, in ms; it takes less than 1 on an idle machine. */
const RECOVER_MS = 15_000;

/** Everything in here waits for the kernel's answers, so that closing the connections ends every wait. */
export async function recoverVm(options: RecoverOptions, limitMs = RECOVER_MS): Promise<VirtualMachine> {
  const { id, dir, signal } = options;
  signal?.throwIfAborted();
  const identity = await readIdentity(pathsIn(dir).pid);
  if (identity === undefined || !isRunning(identity)) throw notRunning(id, dir);
  const connections = new Connections();
  const over = new AbortController();
  using limit = new Limit(limitMs, signal, () => {
    over.abort();
    void connections.close();
  });
  try {
    const vm = await phase('recover a VM', () => takeOver({ ...options, signal: over.signal }, identity, connections));
    if (signal?.aborted) await vm.release();
    signal?.throwIfAborted();
    return vm;
  } catch (error) {
    connections.close();
    signal?.throwIfAborted();
    const alive = limit.late || error instanceof HypervisorError;
    if (await goneWithin(identity, alive ? 0 : ENDING_MS)) throw notRunning(id, dir, error);
    const what = limit.late
      ? `its kernel did not answer within ${limitMs} ms; another process may have it`
      : messageOf(error);
    throw new HypervisorError('FAILED', `VM ${id} in ${dir} cannot be recovered: ${what}`, { cause: error });
  }
}

async function takeOver(
  { id, dir, boot, channels, signal }: RecoverOptions,
  identity: ProcessIdentity,
  connections: Connections,
): Promise<VirtualMachine> {
  const paths = pathsIn(dir);
  if (isStopped(identity)) throw new HypervisorError('FAILED', 'it was not running: its process is stopped');
  const monitor = await connections.openMonitor(paths.monitor, signal);
  const networks = await Networks.open(id, monitor, paths.taps);
  const [answer = ''] = await monitor.ask('size');
  const [cpus = boot.cpus, memoryMiB = boot.memoryMiB] = answer.split(' ').map(Number);
  const size = { cpus, memoryMiB };
  const process = foundProcess(identity, monitor.closed, paths.status);
  try {
    const connected = await connections.connectPorts(paths, channels, process.ended);
    return new UmlMachine({ id, dir, boot, size, paths, connections, channels: connected, monitor, networks, process });
  } catch (error) {
    process.letGo();
    throw error;
  }
}
