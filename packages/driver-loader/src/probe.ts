/** Loads the driver that a user named. */
import type { DriverOptions, HypervisorDriver } from '@runv/hypervisor';

/** The driver gets all but `cwd`. */
export interface ProbeOptions extends DriverOptions {
  /** The directory that relative paths and package names are resolved from. By default, the working directory. */
  readonly cwd?: string | undefined;
}

/**
 * | name | driver |
 * |---|---|
 * | `""`, `qemu` | QEMU, on KVM if it works, otherwise by emulation |
 * | `kvm`, `qemu-kvm` | QEMU on KVM; an error if KVM does not work |
 * | `uml` | User-mode Linux |
 * | `./dir`, `/path/to/driver.js` | that module, which exports `createDriver` |
 * | anything else | the package of that name, which exports `createDriver` |
 *
 * @throws DriverError `NOT_FOUND` | `BROKEN`, with the paths that were tried or what was wrong
 * @throws the error of the driver's `createDriver`, such as HypervisorError `NOT_FOUND`
 * @example
 * const driver = await probe('qemu');
 * console.log(driver.info.accelerator);
 */
export async function probe(name: string, options: ProbeOptions = {}): Promise<HypervisorDriver> {
  const { cwd = process.cwd(), ...driverOptions } = options;
  if (name === 'uml') return (await import('@runv/driver-uml')).createDriver(driverOptions);
  const builtIn = BUILT_IN.get(name);
  // Loaded lazily, because only one of them is needed.
  if (builtIn === undefined) return (await import('./loadExternal.ts')).loadExternal(name, cwd, driverOptions);
  const { createDriver } = await import('@runv/driver-qemu');
  return createDriver({ ...driverOptions, accelerator: builtIn });
}

const BUILT_IN: ReadonlyMap<string, 'auto' | 'kvm'> = new Map([
  ['', 'auto'],
  ['qemu', 'auto'],
  ['kvm', 'kvm'],
  ['qemu-kvm', 'kvm'],
] as const);
