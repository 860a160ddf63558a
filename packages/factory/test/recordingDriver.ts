/** A driver without a hypervisor, for the tests of what a factory asks of its driver and when. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  type BootConfig,
  CONTRACT_VERSION,
  type HypervisorDriver,
  HypervisorError,
  type RecoverOptions,
  type VirtualMachine,
  type VmExit,
  type VmOptions,
  type VmSize,
} from '@runv/hypervisor';

export interface RecordingDriver extends HypervisorDriver {
  readonly asked: VmOptions[];
  readonly recovered: RecoverOptions[];
  readonly made: RecordedVm[];
  readonly disposed: string[];
  /** What each start waits for; a start that is aborted rejects as the contract says. */
  gate: () => Promise<unknown>;
}

export function recordingDriver(): RecordingDriver {
  const driver: RecordingDriver = {
    contract: CONTRACT_VERSION,
    info: {
      name: 'recording',
      version: '1',
      executable: '/bin/true',
      accelerator: 'none',
      machine: 'none',
      guest: 'none',
      capabilities: { clone: true, growCpus: true, growMemory: true, memoryOnDemand: false, networks: false },
    },
    asked: [],
    recovered: [],
    made: [],
    disposed: [],
    gate: () => Promise.resolve(),
    async createVm(options) {
      driver.asked.push(options);
      const aborted = new Promise<never>((_, reject) => {
        options.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true });
      });
      await Promise.race([driver.gate(), aborted]);
      if (options.from !== undefined && !existsSync(join(options.from, 'state')))
        throw new HypervisorError('NOT_FOUND', `there is no saved VM in ${options.from}`);
      const vm = new RecordedVm(options, driver.disposed);
      driver.made.push(vm);
      return vm;
    },
    async recoverVm(options) {
      driver.recovered.push(options);
      const vm = driver.made.find(({ dir, released }) => dir === options.dir && released);
      if (vm === undefined) throw new HypervisorError('NOT_FOUND', `no VM runs in ${options.dir}`);
      vm.released = false;
      return vm;
    },
  };
  return driver;
}

/** A machine that lives until it is killed, and can be paused, saved and grown in so far as it says so. */
class RecordedVm implements VirtualMachine {
  readonly id: string;
  readonly dir: string;
  readonly boot: BootConfig;
  readonly pid = process.pid;
  readonly fileServerPid = process.pid;
  readonly guest: 'booting' | 'ready';
  readonly exited: Promise<VmExit>;
  size: VmSize;
  readonly networks = [];
  paused = false;
  released = false;
  readonly #disposed: string[];
  readonly #saveTo: string | undefined;
  readonly #channel = new PassThrough();
  #end: (exit: VmExit) => void = () => {};
  #gone = false;

  constructor({ id, dir, boot, saveTo, from }: VmOptions, disposed: string[]) {
    this.id = id;
    this.dir = dir;
    this.boot = boot;
    this.size = { cpus: boot.cpus, memoryMiB: boot.memoryMiB };
    this.guest = from === undefined ? 'booting' : 'ready';
    this.#saveTo = saveTo;
    this.#disposed = disposed;
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** As if its hypervisor had died. */
  die(): void {
    this.#gone = true;
    this.#end({ reason: 'killed', detail: 'killed' });
  }

  channel(): PassThrough {
    return this.#channel;
  }

  async consoleTail(lines?: number): Promise<string> {
    return `${lines} lines`;
  }

  async pause(): Promise<void> {
    this.#refuseWhenGone();
    this.paused = true;
  }

  async resume(): Promise<void> {
    this.#refuseWhenGone();
    this.paused = false;
  }

  async save(): Promise<void> {
    if (this.#saveTo === undefined) throw new HypervisorError('UNSUPPORTED', 'no saveTo');
    await writeFile(join(this.#saveTo, 'state'), 'saved');
  }

  async grow(size: VmSize): Promise<VmSize> {
    if (size.cpus > 64) throw new HypervisorError('UNSUPPORTED', 'this host has 64 CPUs');
    this.size = size;
    return size;
  }

  async attachNetwork(): Promise<never> {
    throw new HypervisorError('UNSUPPORTED', 'no networks');
  }

  async detachNetwork(): Promise<void> {}

  async release(): Promise<void> {
    this.released = true;
  }

  async stop(): Promise<VmExit> {
    return this.kill();
  }

  async kill(): Promise<VmExit> {
    this.die();
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.released) return;
    await this.kill();
    this.#disposed.push(this.id);
  }

  #refuseWhenGone(): void {
    if (this.#gone) throw new HypervisorError('EXITED', 'gone');
  }
}
