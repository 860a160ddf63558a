/** The hypervisor contract on QEMU. */
export { createDriver, type QemuDriverOptions } from './createDriver.ts';
