/** Starts programs in a jail, changes what they see of the host's files, and hands them network devices. */
export { JailError } from './errors.ts';
export { type HandedTap, handOverTap } from './handOverTap.ts';
export { type Bind, MountNamespace, type MountPlan } from './mountNamespace.ts';
export {
  canJail,
  descriptorNumber,
  type JailDescriptor,
  type JailedProcess,
  type JailedProgram,
  type JailPath,
  type ProcessEnd,
  startJailed,
} from './startJailed.ts';
