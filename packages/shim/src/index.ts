// The shim: the process on the host for a process of a guest. The program itself is in c/.
export { CarrierSpawner, type CarrierStdio } from './carrierSpawner.ts';
export { ShimError } from './errors.ts';
export { findShims } from './findShims.ts';
export { shimPath } from './shimPath.ts';
export {
  type ShimCommand,
  type ShimMount,
  type ShimOptions,
  type ShimRoot,
  type ShimStdio,
  type StartedShim,
  shimCommand,
  shimPid,
  startShim,
} from './startShim.ts';
