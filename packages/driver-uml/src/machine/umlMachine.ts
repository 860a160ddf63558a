/** A running VM: the contract's VirtualMachine over the process of a User-mode Linux and its sockets. */
import { type BootConfig, HypervisorError, type VmExit, type VmSize } from '@runv/hypervisor';
import { type MachineEnd, ProcessMachine } from '@runv/hypervisor/parts';
import { tailLog, type VmProcess } from '@runv/jail';
import type { Connections, Ports } from './connections.ts';
import type { Networks } from './networks.ts';
import { type Paths, removeSockets } from './paths.ts';
import { vmExit } from './vmExit.ts';

export interface Parts {
  readonly id: string;
  readonly dir: string;
  readonly boot: BootConfig;
  readonly networks: Networks;
  readonly paths: Paths;
  readonly process: VmProcess;
  readonly connections: Connections;
  readonly ports: Ports;
}

export class UmlMachine extends ProcessMachine {
  readonly #process: VmProcess;

  constructor({ boot, connections, ports, paths, ...parts }: Parts) {
    super({
      ...parts,
      ...ports,
      boot,
      guest: 'booting',
      size: { cpus: boot.cpus, memoryMiB: boot.memoryMiB },
      tailConsole: (lines) => tailLog(paths.consoleLog, lines),
      disconnect: () => connections.close(),
      removeSockets: () => removeSockets(paths, ports.channels.size),
    });
    this.#process = parts.process;
  }

  /** Its own process and those of the guest's programs, which it has made in a group of its own. */
  protected override async halt(): Promise<void> {
    process.kill(-this.pid, 'SIGSTOP');
  }

  protected override async proceed(): Promise<void> {
    process.kill(-this.pid, 'SIGCONT');
  }

  protected override async writeImage(): Promise<void> {
    throw new HypervisorError('UNSUPPORTED', `VM ${this.id} cannot be saved: User-mode Linux has no images`);
  }

  protected override async enlarge({ cpus, memoryMiB }: VmSize): Promise<void> {
    if (cpus === this.size.cpus && memoryMiB === this.size.memoryMiB) return;
    const has = `${this.size.cpus} CPUs and ${this.size.memoryMiB} MiB`;
    throw new HypervisorError('UNSUPPORTED', `VM ${this.id} has ${has}, and a User-mode Linux stays as it was started`);
  }

  protected override async exitOf(end: MachineEnd, killedBy: string | undefined): Promise<VmExit> {
    return vmExit({ ...end, killedBy, lastWords: await this.#process.lastWords() });
  }
}
