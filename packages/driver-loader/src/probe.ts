/** From the name that a user gave to a driver that is ready to make VMs. */
import type { HypervisorDriver } from '@runv/hypervisor';

export interface ProbeOptions {
  /** Passed on to the driver: the hypervisor's path or name. */
  readonly executable?: string | undefined;
  /** Passed on to the driver: where it may keep what it learns. */
  readonly cacheDir?: string | undefined;
  /** What a relative path, or a package's name, is looked up from. Default: the working directory. */
  readonly cwd?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * | name | driver |
 * |---|---|
 * | `""`, `qemu` | QEMU, on KVM where that works, by emulation elsewhere |
 * | `kvm`, `qemu-kvm` | QEMU on KVM, and an error where that does not work |
 * | `./dir`, `/path/to/driver.js` | the module there, which exports `createDriver` |
 * | anything else | the package of that name, which exports `createDriver` |
 *
 * @throws DriverError `NOT_FOUND` | `BROKEN`, saying where it looked and what was wrong
 * @throws what the driver's `createDriver` throws, such as HypervisorError `NOT_FOUND`
 * @example
 * const driver = await probe('qemu');
 * console.log(driver.info.accelerator);
 */
export async function probe(name: string, options: ProbeOptions = {}): Promise<HypervisorDriver> {
  const { cwd = process.cwd(), ...passedOn } = options;
  const builtIn = BUILT_IN.get(name);
  // Each only now, because who uses the one need not pay for loading the other.
  if (builtIn === undefined) return (await import('./loadForeign.ts')).loadForeign(name, cwd, passedOn);
  const { createDriver } = await import('@runv/driver-qemu');
  return createDriver({ ...passedOn, accelerator: builtIn });
}

const BUILT_IN: ReadonlyMap<string, 'auto' | 'kvm'> = new Map([
  ['', 'auto'],
  ['qemu', 'auto'],
  ['kvm', 'kvm'],
  ['qemu-kvm', 'kvm'],
] as const);
