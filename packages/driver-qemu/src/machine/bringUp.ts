/**
 * From QEMU's process, whose CPUs are stopped, to a running VM: the monitor and every channel are connected, and only then does
 * the guest run, so that no byte of it is lost. Whatever goes wrong on the way, or an abort, ends QEMU.
 */
import { HypervisorError, type VirtualMachine, type VmOptions } from '@runv/hypervisor';
import { connectTo, Limit, messageOf, startFailed } from '@runv/hypervisor/parts';
import { ENDING_MS, endedWithin, keepIdentity, type VmProcess } from '@runv/jail';
import { phase } from '@runv/timeline';
import type { QmpClient } from '../qmp/qmpClient.ts';
import { Connections } from './connections.ts';
import { Networks } from './network.ts';
import type { Paths } from './paths.ts';
import { QemuMachine } from './qemuMachine.ts';
import { IGNORE_SHARED } from './saveVm.ts';

export interface Start {
  readonly qemu: VmProcess;
  readonly options: VmOptions;
  readonly paths: Paths;
  /** The descriptor of a clone's state. */
  readonly state: number | undefined;
  readonly limitMs: number;
}

/** Everything in here waits for QEMU, so that ending QEMU ends every wait: an abort and a time limit do no more than that. */
export async function bringUp(start: Start): Promise<VirtualMachine> {
  const { qemu, options, limitMs } = start;
  const connections = new Connections();
  using limit = new Limit(limitMs, options.signal, () => qemu.kill());
  try {
    const vm = await connectAndRun(start, connections);
    options.signal?.throwIfAborted();
    return vm;
  } catch (error) {
    // A QEMU that dies closes its sockets a moment before its end is seen. One that refused a command has not died.
    const refused = error instanceof HypervisorError && error.code === 'FAILED';
    const ended = await endedWithin(qemu, refused ? 0 : ENDING_MS);
    qemu.kill();
    await qemu.ended;
    connections.close();
    const what = ended === undefined ? messageOf(error) : `QEMU ended with ${ended.signal ?? `status ${ended.code}`}`;
    const why = limit.late ? `QEMU did not come up within ${limitMs} ms` : what;
    throw startFailed(options.id, why, error, await qemu.lastWords());
  }
}

async function connectAndRun(
  { qemu, options, paths, state }: Start,
  connections: Connections,
): Promise<VirtualMachine> {
  const { id, dir, boot, saveTo, from } = options;
  const qmp = await phase('wait for its monitor', async () => connections.openMonitor(await connectTo(paths.start)));
  const ports = await phase('connect its channels', () =>
    connections.connectPorts(paths, options.channels, qemu.ended),
  );
  // The guest opens a channel when it has booted. A clone's has one open.
  const opened = () => qmp.event('VSERPORT_CHANGE', ({ open }) => open === true).catch(() => {});
  const booted = from === undefined ? opened() : undefined;
  if (state === undefined) await phase('let the guest run', () => qmp.execute('cont'));
  else await phase('load the saved state', () => loadAndRun(qmp, state));
  await keepIdentity(paths.pid, qemu.pid);
  return new QemuMachine({
    ...{ id, dir, boot, saveTo, paths, connections, qmp, ports, process: qemu },
    guest: from === undefined ? 'booting' : 'ready',
    size: { cpus: boot.cpus, memoryMiB: boot.memoryMiB },
    networks: new Networks(id, qmp, paths.taps, { booted }),
  });
}

/** In one go: QEMU takes its commands in order, and the clone runs by itself once it is loaded. */
async function loadAndRun(qmp: QmpClient, state: number): Promise<void> {
  const runs = qmp.event('RESUME');
  runs.catch(() => {});
  await Promise.all([
    qmp.execute('migrate-set-capabilities', IGNORE_SHARED),
    qmp.execute('migrate-incoming', { uri: `fd:${state}` }),
    runs,
  ]);
}
