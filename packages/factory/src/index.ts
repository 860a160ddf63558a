/** Where virtual machines come from. Each factory wraps another, and `direct` wraps a driver. */
export type { BackgroundOptions } from './background.ts';
export { type Cache, type CacheOptions, cache } from './cache.ts';
export { type DirectOptions, direct } from './direct.ts';
export { FactoryError, type FactoryErrorCode, lacksDescriptors } from './errors.ts';
export type { BaseFactory, Factory, FactoryVm, GetOptions, GuestConfig, VmSize } from './factory.ts';
export type { FactoryConfig } from './factoryConfig.ts';
export { multi } from './multi.ts';
export { type NewFromConfigsOptions, newFromConfigs, newFromPolicy } from './newFromConfigs.ts';
export { parsePolicy } from './policy.ts';
export { driverOf, recoverVm } from './recoverVm.ts';
export { single } from './single.ts';
export { type CreateTemplateOptions, createTemplate } from './template/createTemplate.ts';
export { removeTemplate } from './template/removeTemplate.ts';
export { type TemplateMaker, type TemplateOptions, template, templateWhenMade } from './template/template.ts';
export { endProcesses } from './vmDirectory/endProcesses.ts';
export { decodeMountPath, removeVmDirectory } from './vmDirectory/removeVmDirectory.ts';
export { sweepVmDirectories } from './vmDirectory/sweepVmDirectories.ts';
export { vmDirectoriesIn } from './vmDirectory/vmDirectoriesIn.ts';
