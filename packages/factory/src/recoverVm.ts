/** Takes over a VM that a factory of another process made, or of this one, and that it released or was killed with. */
import { realpath } from 'node:fs/promises';
import type { HypervisorDriver } from '@runv/hypervisor';
import { FactoryError } from './errors.ts';
import type { FactoryVm } from './factory.ts';
import { OwnedVm } from './ownedVm.ts';
import { shareIn } from './vmDirectory/makeVmDirectory.ts';
import { readVmRecord } from './vmDirectory/vmRecord.ts';

/** The name of the driver that made the VM of a directory. @throws FactoryError `NO_RECORD` */
export async function driverOf(dir: string): Promise<string> {
  return (await readVmRecord(dir)).driver;
}

/**
 * The directory is the VM's from then on, as that of any other FactoryVm: disposing it kills the VM and removes the directory.
 * Where the call rejects, both stay as they are: `sweepVmDirectories` clears them away.
 *
 * @param dir the VM's directory, `<vmRoot>/<id>`
 * @throws FactoryError `NO_RECORD` where its `vm.json` is missing or broken, also where the start was cut off before it
 *   | `MISMATCH` where another driver made it
 *   | HypervisorError `NOT_FOUND` where the VM no longer runs | `FAILED` as `HypervisorDriver.recoverVm` has it
 */
export async function recoverVm(driver: HypervisorDriver, dir: string, signal?: AbortSignal): Promise<FactoryVm> {
  const { driver: maker, note, ...vm } = await readVmRecord(dir);
  if (maker !== driver.info.name) {
    const what = `the VM in ${dir} was made by the driver ${maker}, and ${driver.info.name} cannot take it over`;
    throw new FactoryError('MISMATCH', what);
  }
  // Without symlinks, as makeVmDirectory has it.
  const own = await realpath(dir);
  return new OwnedVm(await driver.recoverVm({ ...vm, dir: own, signal }), shareIn(own), note);
}
