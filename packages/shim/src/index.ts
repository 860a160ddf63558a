// The shim: the process on the host for a process of a guest. The program itself is in c/.

export { ShimError } from './errors.ts';
export { findShims } from './findShims.ts';
export { shimPath } from './shimPath.ts';
export { type CarrierOptions, type CarrierStdio, startCarrier } from './startCarrier.ts';
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
