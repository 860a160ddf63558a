/** The contract between runv and a hypervisor, which a driver implements. */
export type { BootConfig, SharedDir } from './bootConfig.ts';
export { defaultCacheDir } from './cacheDir.ts';
export {
  CONTRACT_VERSION,
  type DriverCapabilities,
  type DriverInfo,
  type DriverOptions,
  type Finding,
  type HypervisorDriver,
  type RecoverOptions,
  type VmOptions,
} from './driver.ts';
export { HypervisorError, type HypervisorErrorCode } from './errors.ts';
export type { AttachedNetwork, VmNetwork } from './network.ts';
export type { VirtualMachine, VmExit, VmSize } from './virtualMachine.ts';
