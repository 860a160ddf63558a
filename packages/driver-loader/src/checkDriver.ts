/** Checks that a loaded module is a driver, as far as possible without starting a VM. */
import type { HypervisorDriver } from '@runv/hypervisor';
import { z } from 'zod';
import { DriverError } from './errors.ts';

type CreateDriver = (options: object) => unknown;

const driverModule = z.object({
  createDriver: z.custom<CreateDriver>((value) => typeof value === 'function', 'not a function'),
});

const text = z.string().min(1);

const method = z.custom((member) => typeof member === 'function', 'not a function');

const driverShape = z.object({
  info: z.object({ name: text, version: text, executable: text, accelerator: text }),
  createVm: method,
  recoverVm: method,
});

const driver = z.custom<HypervisorDriver>((value) => driverShape.safeParse(value).success);

/** @throws DriverError `BROKEN` */
export function checkModule(name: string, file: string, loaded: unknown): z.infer<typeof driverModule> {
  const checked = driverModule.safeParse(loaded);
  if (checked.success) return checked.data;
  throw new DriverError('BROKEN', `'${name}' is not a driver: ${file} does not export a function createDriver`);
}

/** @throws DriverError `BROKEN` */
export function checkDriver(name: string, file: string, made: unknown): HypervisorDriver {
  const shape = driverShape.safeParse(made);
  if (shape.success) return driver.parse(made);
  throw new DriverError(
    'BROKEN',
    `'${name}' is not a driver: createDriver of ${file} returned an invalid one: ${z.prettifyError(shape.error)}`,
  );
}
