/** Makes VMs for the kit's tests, each in a directory of its own, and disposes of all of them after each test. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { BootConfig } from '../bootConfig.ts';
import type { DriverCapabilities, HypervisorDriver, RecoverOptions, VmOptions } from '../driver.ts';
import type { VirtualMachine } from '../virtualMachine.ts';
import type { ConformanceGuest } from './conformanceGuest.ts';
import { processesNaming } from './traces.ts';

export interface Workbench {
  readonly driver: HypervisorDriver;
  readonly guest: ConformanceGuest;
  /** Options for a VM in a new directory, with a share and two channels. */
  options(more?: Partial<VmOptions>): Promise<VmOptions>;
  /** A VM whose guest has just started. */
  start(more?: Partial<VmOptions>): Promise<VirtualMachine>;
  /** A VM whose guest has announced itself. */
  boot(more?: Partial<VmOptions>): Promise<VirtualMachine>;
  /** The VM, taken over after it was released. */
  recover(vm: VirtualMachine | undefined, signal?: AbortSignal): Promise<VirtualMachine>;
  /** The image that `save` wrote of a booted VM; `before` runs before that. */
  image(before?: (vm: VirtualMachine) => Promise<void>): Promise<{ readonly dir: string; readonly boot: BootConfig }>;
  /** Sends a request to the guest and returns its answer. */
  ask(vm: VirtualMachine): Promise<Buffer>;
  /** Reads from the channel until `enough`; rejects if the channel ends first. */
  read(vm: VirtualMachine, enough: (bytes: Buffer) => boolean): Promise<Buffer>;
  clear(): Promise<void>;
}

/** Skips a test of what the driver says that it cannot; the report has the reason as the test's `meta.withoutCapability`. */
export function needs(
  { skip, task }: Pick<TestContext, 'skip' | 'task'>,
  { info }: Pick<HypervisorDriver, 'info'>,
  ...capabilities: readonly (keyof DriverCapabilities)[]
): void {
  const missing = capabilities.find((capability) => !info.capabilities[capability]);
  if (missing === undefined) return;
  const why = `the driver ${info.name} says that it has no ${missing}`;
  Object.assign(task.meta, { withoutCapability: why });
  skip(why);
}

export async function openWorkbench(
  driver: HypervisorDriver,
  boot: BootConfig,
  guest: ConformanceGuest,
): Promise<Workbench> {
  const root = await mkdtemp(join(tmpdir(), 'vmc-'));
  const made: VirtualMachine[] = [];
  let count = 0;
  const bench: Workbench = {
    driver,
    guest,
    async options(more = {}) {
      const id = `vm${++count}`;
      const dir = join(root, id);
      const share = join(dir, 'share');
      await mkdir(share, { recursive: true, mode: 0o700 });
      return {
        id,
        dir,
        boot,
        shares: [{ tag: 'share_dir', hostPath: share }],
        channels: channelsOf(guest),
        ...more,
      };
    },
    async start(more) {
      const vm = await driver.createVm(await bench.options(more));
      made.push(vm);
      return vm;
    },
    async boot(more) {
      const vm = await bench.start(more);
      await bench.read(vm, (bytes) => bytes.length >= guest.ready.length && bytes.includes(guest.ready));
      return vm;
    },
    async recover(vm, signal) {
      if (vm === undefined) throw new Error('there is no VM to recover');
      const { id, dir, boot: booted, guest: state } = vm;
      const options: RecoverOptions = { id, dir, boot: booted, channels: channelsOf(guest), guest: state, signal };
      const recovered = await driver.recoverVm(options);
      made.push(recovered);
      return recovered;
    },
    async image(before = async () => {}) {
      const dir = join(root, `image${++count}`);
      await mkdir(dir, { mode: 0o700 });
      const growing = { ...boot, hotAddCpuMem: true };
      const vm = await bench.boot({ boot: growing, saveTo: dir });
      await before(vm);
      await vm.save();
      await vm.kill();
      return { dir, boot: growing };
    },
    ask(vm) {
      vm.channel(guest.channel).write(guest.question);
      return bench.read(vm, guest.answered);
    },
    read: (vm, enough) => readUntil(vm, guest.channel, enough),
    async clear() {
      for (const vm of made.splice(0)) await vm[Symbol.asyncDispose]();
      // Of a test that failed between release and recovery.
      for (const pid of await processesNaming(root)) process.kill(Number(pid), 'SIGKILL');
      await rm(root, { recursive: true, force: true });
    },
  };
  return bench;
}

function channelsOf(guest: ConformanceGuest): string[] {
  return [guest.channel, 'sh.hyper.channel.1'];
}

async function readUntil(vm: VirtualMachine, channel: string, enough: (bytes: Buffer) => boolean): Promise<Buffer> {
  const stream = vm.channel(channel);
  let bytes = Buffer.alloc(0);
  // The stream is used again: leaving the loop must not destroy it.
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk]);
    if (enough(bytes)) return bytes;
  }
  throw new Error(
    `channel ${channel} ended after ${bytes.toString('hex') || 'nothing'}; the console: ${await vm.consoleTail()}`,
  );
}
