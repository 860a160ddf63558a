/** What the metrics were measured on. */
import { cpus, totalmem } from 'node:os';
import { Bundles, Daemon } from '@runv/testkit';

export interface MachineRecord {
  readonly cpus: number;
  readonly model: string;
  readonly memoryMiB: number;
  readonly node: string;
  /** Of the guests. */
  readonly kernel: string;
  readonly hypervisor: string;
}

export async function machineRecord(): Promise<MachineRecord> {
  await using bundles = await Bundles.make();
  await using daemon = await Daemon.start();
  // Which kernel it is says a guest.
  await daemon.client.createContainer({ id: 'any', bundlePath: await bundles.bundle({ args: ['sleep', '100000'] }) });
  const { driver, hypervisor, accelerator, guest_kernel: kernel } = await daemon.client.info({});
  await daemon.client.delete({ id: 'any', force: true });
  return {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
    node: process.version,
    kernel,
    hypervisor: `${driver} ${hypervisor}, ${accelerator}`,
  };
}
