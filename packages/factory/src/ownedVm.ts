/** A VM together with the directory that was made for it. */
import type { Duplex } from 'node:stream';
import type { AttachedNetwork, BootConfig, VirtualMachine, VmExit, VmNetwork, VmSize } from '@runv/hypervisor';
import type { FactoryVm } from './factory.ts';
import { discardVmDirectory } from './vmDirectory/discardVmDirectory.ts';

export class OwnedVm implements FactoryVm {
  readonly shareDir: string;
  readonly note: unknown;
  readonly #vm: VirtualMachine;
  #released = false;

  constructor(vm: VirtualMachine, shareDir: string, note: unknown) {
    this.note = note;
    this.#vm = vm;
    this.shareDir = shareDir;
  }

  get id(): string {
    return this.#vm.id;
  }

  get dir(): string {
    return this.#vm.dir;
  }

  get pid(): number {
    return this.#vm.pid;
  }

  get fileServerPid(): number {
    return this.#vm.fileServerPid;
  }

  get boot(): BootConfig {
    return this.#vm.boot;
  }

  get size(): VmSize {
    return this.#vm.size;
  }

  get guest(): 'booting' | 'ready' {
    return this.#vm.guest;
  }

  get networks(): readonly VmNetwork[] {
    return this.#vm.networks;
  }

  get exited(): Promise<VmExit> {
    return this.#vm.exited;
  }

  channel(name: string): Duplex {
    return this.#vm.channel(name);
  }

  consoleTail(lines?: number): Promise<string> {
    return this.#vm.consoleTail(lines);
  }

  pause(): Promise<void> {
    return this.#vm.pause();
  }

  resume(): Promise<void> {
    return this.#vm.resume();
  }

  save(): Promise<void> {
    return this.#vm.save();
  }

  /** Memory that the guest takes by itself need not be added. */
  grow({ cpus, memoryMiB }: VmSize): Promise<VmSize> {
    const { boot, size } = this.#vm;
    return this.#vm.grow({ cpus, memoryMiB: memoryMiB <= (boot.mostMemoryMiB ?? 0) ? size.memoryMiB : memoryMiB });
  }

  attachNetwork(tap: string, netns?: string): Promise<AttachedNetwork> {
    return this.#vm.attachNetwork(tap, netns);
  }

  detachNetwork(tap: string): Promise<void> {
    return this.#vm.detachNetwork(tap);
  }

  stop(graceMs: number): Promise<VmExit> {
    return this.#vm.stop(graceMs);
  }

  kill(): Promise<VmExit> {
    return this.#vm.kill();
  }

  release(): Promise<void> {
    this.#released = true;
    return this.#vm.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#vm[Symbol.asyncDispose]();
    // The directory is then that of a VM which runs, and another's.
    if (this.#released) return;
    await discardVmDirectory(this.#vm.dir);
  }
}
