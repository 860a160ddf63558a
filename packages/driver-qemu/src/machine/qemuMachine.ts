/** A running VM: the contract's VirtualMachine over QEMU's process, its monitor and its sockets. */
import { type BootConfig, HypervisorError, type VirtualMachine, type VmExit, type VmSize } from '@runv/hypervisor';
import { checkGrowth, type MachineEnd, ProcessMachine } from '@runv/hypervisor/parts';
import { tailLog, type VmProcess } from '@runv/jail';
import type { QmpClient } from '../qmp/qmpClient.ts';
import type { Connections, Ports } from './connections.ts';
import { addCpus, addMemory } from './grow.ts';
import { MEMORY_STEP_MIB, room } from './limits.ts';
import type { Networks } from './network.ts';
import { type Paths, removeSockets } from './paths.ts';
import { saveVm } from './saveVm.ts';
import { vmExit } from './vmExit.ts';

export interface Parts {
  readonly id: string;
  readonly dir: string;
  readonly boot: BootConfig;
  readonly guest: VirtualMachine['guest'];
  readonly saveTo: string | undefined;
  /** Now. */
  readonly size: VmSize;
  readonly networks: Networks;
  readonly paths: Paths;
  readonly process: VmProcess;
  readonly connections: Connections;
  readonly qmp: QmpClient;
  readonly ports: Ports;
}

export class QemuMachine extends ProcessMachine {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    const { connections, qmp, ports, paths } = parts;
    super({
      ...parts,
      ...ports,
      tailConsole: (lines) => tailLog(paths.consoleLog, lines),
      async disconnect() {
        connections.close();
        await qmp.closed;
      },
      removeSockets: () => removeSockets(paths, ports.channels.size),
    });
    this.#parts = parts;
  }

  protected override async halt(): Promise<void> {
    await this.#parts.qmp.execute('stop');
  }

  protected override async proceed(): Promise<void> {
    await this.#parts.qmp.execute('cont');
  }

  protected override async writeImage(): Promise<void> {
    const { qmp, saveTo } = this.#parts;
    if (saveTo === undefined)
      throw new HypervisorError('UNSUPPORTED', `VM ${this.id} cannot be saved: it was started without saveTo`);
    await saveVm(qmp, saveTo);
  }

  protected override async enlarge(wanted: VmSize, reached: (size: VmSize) => void): Promise<void> {
    const { id, boot } = this;
    const { qmp } = this.#parts;
    const target = checkGrowth({ id, boot, size: this.size }, wanted, MEMORY_STEP_MIB, room(boot));
    await addCpus({ size: this.size, qmp }, target.cpus);
    reached({ ...this.size, cpus: target.cpus });
    await addMemory({ size: this.size, qmp }, target.memoryMiB);
    reached(target);
  }

  protected override async exitOf(end: MachineEnd, killedBy: string | undefined): Promise<VmExit> {
    const { process, qmp, connections } = this.#parts;
    // What QEMU said last is in its sockets still: they have closed with it, and end when all was read.
    await qmp.closed;
    return vmExit({ ...end, shutdown: connections.shutdown, killedBy, lastWords: await process.lastWords() });
  }
}
