/** Checks that a loaded module is a driver, as far as possible without starting a VM. */
import { CONTRACT_VERSION, type HypervisorDriver } from '@runv/hypervisor';
import { z } from 'zod';
import { DriverError } from './errors.ts';

type CreateDriver = (options: object) => unknown;

const driverModule = z.object({
  createDriver: z.custom<CreateDriver>((value) => typeof value === 'function', 'not a function'),
});

const text = z.string().min(1);

const method = z.custom((member) => typeof member === 'function', 'not a function');

const driverShape = z.object({
  contract: z.literal(CONTRACT_VERSION),
  info: z.object({
    ...{ name: text, version: text, executable: text, accelerator: text, machine: text, guest: text },
    capabilities: z.object({
      clone: z.boolean(),
      growCpus: z.boolean(),
      growMemory: z.boolean(),
      // Drivers that are older than it lack it, and have not got it.
      memoryOnDemand: z.boolean().optional(),
      networks: z.boolean(),
    }),
  }),
  createVm: method,
  recoverVm: method,
  examine: method.optional(),
});

/** Looked at first, since the rest of another version may look different. */
const contractOf = z.object({ contract: z.number() });

const driver = z.custom<HypervisorDriver>((value) => driverShape.safeParse(value).success);

/** @throws DriverError `BROKEN` */
export function checkModule(name: string, file: string, loaded: unknown): z.infer<typeof driverModule> {
  const checked = driverModule.safeParse(loaded);
  if (checked.success) return checked.data;
  throw new DriverError('BROKEN', `'${name}' is not a driver: ${file} does not export a function createDriver`);
}

/** @throws DriverError `BROKEN` */
export function checkDriver(name: string, file: string, made: unknown): HypervisorDriver {
  const built = contractOf.safeParse(made).data?.contract;
  if (built !== undefined && built !== CONTRACT_VERSION)
    throw new DriverError(
      'BROKEN',
      `the driver '${name}' in ${file} has version ${built} of the hypervisor contract, and this runv ${CONTRACT_VERSION}: install one that fits`,
    );
  const shape = driverShape.safeParse(made);
  if (shape.success) return driver.parse(made);
  throw new DriverError(
    'BROKEN',
    `'${name}' is not a driver: createDriver of ${file} returned an invalid one: ${z.prettifyError(shape.error)}`,
  );
}
