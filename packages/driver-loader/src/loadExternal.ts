/** Loads an external driver, from a path or from a package. */
import { pathToFileURL } from 'node:url';
import type { HypervisorDriver } from '@runv/hypervisor';
import { checkDriver, checkModule } from './checkDriver.ts';
import { DriverError } from './errors.ts';
import { locate } from './locate.ts';

/** @throws DriverError `NOT_FOUND` | `BROKEN`, or the error of its `createDriver` */
export async function loadExternal(name: string, cwd: string, options: object): Promise<HypervisorDriver> {
  const file = await locate(name, cwd);
  const { createDriver } = checkModule(name, file, await importFile(name, file));
  return checkDriver(name, file, await createDriver(options));
}

async function importFile(name: string, file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DriverError('BROKEN', `the driver '${name}' cannot be loaded from ${file}: ${why}`, { cause: error });
  }
}
