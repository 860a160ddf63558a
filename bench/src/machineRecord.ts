/** What the metrics were measured on. */
import { cpus, totalmem } from 'node:os';
import { Daemon } from '@runv/testkit';

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
  await using daemon = await Daemon.start();
  const { spawnargs } = daemon.child;
  const { driver, hypervisor, accelerator } = await daemon.client.info({});
  return {
    cpus: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
    node: process.version,
    kernel: spawnargs[spawnargs.indexOf('--kernel') + 1] ?? '',
    hypervisor: `${driver} ${hypervisor}, ${accelerator}`,
  };
}
