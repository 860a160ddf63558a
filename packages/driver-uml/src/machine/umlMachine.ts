/** A running VM: the contract's VirtualMachine over the process of a User-mode Linux and its sockets. */
import { type BootConfig, HypervisorError, type VmExit, type VmSize } from '@runv/hypervisor';
import { checkGrowth, type MachineEnd, ProcessMachine } from '@runv/hypervisor/parts';
import { readIdentity, stoppedWithin, tailLog, type VmProcess } from '@runv/jail';
import type { Monitor } from '../monitor/monitor.ts';
import type { Channels, Connections } from './connections.ts';
import { MEMORY_STEP_MIB, room } from './limits.ts';
import type { Networks } from './networks.ts';
import { type Paths, removeSockets } from './paths.ts';
import { vmExit } from './vmExit.ts';

/** How long a call of the host may hold the process, in ms, before it stands still. */
const STOP_MS = 5000;

export interface Parts {
  readonly id: string;
  readonly dir: string;
  readonly boot: BootConfig;
  /** Now. */
  readonly size: VmSize;
  readonly monitor: Monitor;
  readonly networks: Networks;
  readonly paths: Paths;
  readonly process: VmProcess;
  readonly connections: Connections;
  readonly channels: Channels;
}

export class UmlMachine extends ProcessMachine {
  readonly #process: VmProcess;
  readonly #monitor: Monitor;
  readonly #paths: Paths;

  constructor({ connections, paths, monitor, ...parts }: Parts) {
    super({
      ...parts,
      consoleKept: connections.consoleKept,
      guest: 'booting',
      tailConsole: (lines) => tailLog(paths.consoleLog, lines),
      disconnect: () => connections.close(),
      removeSockets: () => removeSockets(paths, parts.channels.size),
    });
    this.#process = parts.process;
    this.#monitor = monitor;
    this.#paths = paths;
  }

  /** Its own process and those of the guest's programs, which it has made in a group of its own. */
  protected override async halt(): Promise<void> {
    process.kill(-this.pid, 'SIGSTOP');
    const identity = await readIdentity(this.#paths.pid);
    if (identity === undefined || (await stoppedWithin(identity, STOP_MS))) return;
    throw new HypervisorError('FAILED', `VM ${this.id} was told to stand still and does not, after ${STOP_MS} ms`);
  }

  protected override async proceed(): Promise<void> {
    process.kill(-this.pid, 'SIGCONT');
  }

  protected override async enlarge(wanted: VmSize, reached: (size: VmSize) => void): Promise<void> {
    const { id, boot, size } = this;
    const target = checkGrowth({ id, boot, size }, wanted, MEMORY_STEP_MIB, room(boot));
    if (target.cpus > size.cpus) await this.#monitor.ask(`cpus ${target.cpus}`);
    reached({ ...size, cpus: target.cpus });
    // It may have taken memory by itself meanwhile.
    if (target.memoryMiB > size.memoryMiB) await this.#monitor.ask(`grow ${target.memoryMiB}`);
    reached(target);
  }

  protected override async exitOf(end: MachineEnd, killedBy: string | undefined): Promise<VmExit> {
    return vmExit({ ...end, killedBy, lastWords: await this.#process.lastWords() });
  }
}
