/** Starts programs in a jail, changes what they see of the host's files, and hands them network devices. */
export type { ProcessEnd } from '@runv/spawner';
export { JailError } from './errors.ts';
export { foundProcess } from './foundProcess.ts';
export { type HandedTap, handOverTap } from './handOverTap.ts';
export { keepLog, LOG_BYTES, tailLog } from './keepLog.ts';
export { type Bind, MountNamespace, type MountPlan, type OverlayMount } from './mountNamespace.ts';
export {
  goneWithin,
  isRunning,
  isStopped,
  keepIdentity,
  type ProcessIdentity,
  readIdentity,
  stoppedWithin,
} from './processIdentity.ts';
export {
  canJail,
  descriptorNumber,
  type JailDescriptor,
  type JailedProcess,
  type JailedProgram,
  type JailPath,
  startJailed,
} from './startJailed.ts';
export { ENDING_MS, endedWithin, startVmProcess, type VmProcess, type VmProgram } from './vmProcess.ts';
