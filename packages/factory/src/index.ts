/** Where virtual machines come from. Each factory wraps another, and `direct` wraps a driver. */
export { type DirectOptions, direct } from './direct.ts';
export { FactoryError, type FactoryErrorCode } from './errors.ts';
export type { BaseFactory, Factory, FactoryVm, GetOptions, GuestConfig, VmSize } from './factory.ts';
export { type FactoryConfig, type NewFromConfigsOptions, newFromConfigs } from './newFromConfigs.ts';
export { single } from './single.ts';
export { mountsBelow, removeVmDirectory } from './vmDirectory/removeVmDirectory.ts';
