/** Starts VMs in directories of their own, and knows which starts are under way, so that closing ends them. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BootConfig,
  type HypervisorDriver,
  HypervisorError,
  type VirtualMachine,
  type VmOptions,
} from '@runv/hypervisor';
import { phase } from '@runv/timeline';
import { FactoryError } from './errors.ts';
import type { FactoryVm, GetOptions, GuestConfig } from './factory.ts';
import { START_MS, UNDO_MS } from './limits.ts';
import { OwnedVm } from './ownedVm.ts';
import { discardVmDirectory } from './vmDirectory/discardVmDirectory.ts';
import { makeVmDirectory } from './vmDirectory/makeVmDirectory.ts';
import { writeVmRecord } from './vmDirectory/vmRecord.ts';

export interface StartsOptions {
  readonly driver: HypervisorDriver;
  /** Absolute path; each VM has a directory in it. Made when missing. */
  readonly vmRoot: string;
  readonly guest: GuestConfig;
}

/** Where a VM's memory comes from or goes to, as in VmOptions, and what is known of a clone's guest. */
interface Image extends Pick<VmOptions, 'saveTo' | 'from'> {
  readonly note?: unknown;
}

export class Starts implements AsyncDisposable {
  readonly #options: StartsOptions;
  readonly #underWay = new Map<AbortController, Promise<FactoryVm>>();
  #closed = false;

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /** @throws FactoryError `CLOSED` | HypervisorError; nothing of the VM is then left */
  async start(boot: BootConfig, { note, ...image }: Image, { signal, cgroups }: GetOptions): Promise<FactoryVm> {
    if (this.#closed) throw closed();
    const start = new AbortController();
    const either = signal === undefined ? start.signal : AbortSignal.any([start.signal, signal]);
    const vm = phase(image.from ? 'clone the template' : 'boot a VM', async () => {
      const { vm: started, shareDir } = await this.#start(boot, { ...image, cgroups }, either);
      await this.#record(started, note);
      return new OwnedVm(started, shareDir, note);
    });
    this.#underWay.set(start, vm);
    try {
      return await vm;
    } finally {
      this.#underWay.delete(start);
    }
  }

  /** Aborts the starts under way, waits until they are undone, and refuses later ones. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const underWay = [...this.#underWay];
    for (const [start] of underWay) start.abort(closed());
    await Promise.allSettled(underWay.map(([, vm]) => vm));
  }

  /** A VM that nobody could find again is not given out. */
  async #record(vm: VirtualMachine, note: unknown): Promise<void> {
    const { driver, guest } = this.#options;
    const { id, dir, boot } = vm;
    try {
      writeVmRecord(dir, {
        ...{ driver: driver.info.name, id, channels: [...guest.channels], guest: vm.guest, note },
        boot: { ...boot, kernelParameters: [...(boot.kernelParameters ?? [])] },
      });
    } catch (error) {
      await dispose(vm, dir);
      throw error;
    }
  }

  async #start(boot: BootConfig, more: Pick<VmOptions, 'saveTo' | 'from' | 'cgroups'>, signal: AbortSignal) {
    signal.throwIfAborted();
    const { driver, vmRoot, guest } = this.#options;
    const { id, dir, shareDir } = await phase('make its directory', () => makeVmDirectory(vmRoot));
    const shares = guest.shareTags.map((tag) => ({ tag, hostPath: shareDir }));
    const started = driver.createVm({ id, dir, boot, shares, channels: guest.channels, ...more, signal });
    try {
      return { vm: await settled(started, id, signal), shareDir };
    } catch (error) {
      if (error instanceof Unsettled)
        void started
          .then(
            (vm) => dispose(vm, dir),
            () => discardVmDirectory(dir),
          )
          .catch(() => {});
      else await discardVmDirectory(dir);
      throw error instanceof Unsettled ? error.reason : error;
    }
  }
}

/** The driver neither starts the VM nor fails: its directory stays until it does. */
class Unsettled extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('the driver does not settle');
    this.reason = reason;
  }
}

/** @throws what the driver does, or Unsettled */
async function settled(started: Promise<VirtualMachine>, id: string, signal: AbortSignal): Promise<VirtualMachine> {
  const over = new AbortController();
  const wait = (ms: number) => delay(ms, undefined, { signal: over.signal }).catch(() => {});
  const undone = new Promise<void>((resolve) => {
    const abort = () => void wait(UNDO_MS).then(resolve);
    signal.addEventListener('abort', abort, { once: true, signal: over.signal });
    if (signal.aborted) abort();
  });
  const late = Promise.race([wait(START_MS), undone]).then(() => undefined);
  try {
    const vm = await Promise.race([started, late]);
    if (vm) return vm;
    if (signal.aborted) throw new Unsettled(signal.reason);
    const what = `VM ${id} did not start: its driver was not done within ${START_MS / 1000} s`;
    throw new Unsettled(new HypervisorError('START_FAILED', what));
  } finally {
    over.abort();
  }
}

async function dispose(vm: VirtualMachine, dir: string): Promise<void> {
  await vm[Symbol.asyncDispose]();
  await discardVmDirectory(dir);
}

export function closed(): FactoryError {
  return new FactoryError('CLOSED', 'the factory was closed; make a new one');
}
