/** The hypervisor contract on QEMU. */
export { createDriver, type QemuDriver, type QemuDriverOptions } from './createDriver.ts';
export type { KvmVerdict } from './kvm/kvmVerdict.ts';
