/** Pods, containers and processes, their events, the reaper, and their state on disk. */

export type { ContainerStats, ProcessSpec } from '@runv/hyperstart';
export { SupervisorError, type SupervisorErrorCode } from './base/errors.ts';
export { startOf } from './base/hostProcess.ts';
export type { Measures, Tally } from './base/measures.ts';
export type { Census } from './container/census.ts';
export type { Container } from './container/container.ts';
export type { SupervisorOptions } from './container/context.ts';
export { repairEventLog, verifyEventLog } from './events/checkEventLog.ts';
export { type ContainerEvent, eventTime, parseEvent } from './events/event.ts';
export { GUEST } from './guest/guestConfig.ts';
export type { CarrierShim, Shim, ShimRequest } from './host/shim.ts';
export { tearDownHost } from './host/tearDownHost.ts';
export { namespaceShare } from './namespaceShare.ts';
export { refuseHostNetwork } from './network/hostNetwork.ts';
export type { AddProcessRequest } from './operations/addProcess.ts';
export type { CreateContainerRequest } from './operations/createRequest.ts';
export type { Process } from './process/process.ts';
export type { InputSource, OutputTarget, Stdio, StdioRequest } from './process/stdio.ts';
export type { FindStdio } from './recover/recordedStdio.ts';
export { execSpec } from './spec/execSpec.ts';
export { INIT } from './spec/guestSpec.ts';
export { parseUpdate } from './spec/parseUpdate.ts';
export { CPUS_ANNOTATION, MEMORY_ANNOTATION } from './spec/vmRequirements.ts';
export type { ContainerRecord } from './state/containerRecord.ts';
export { Supervisor } from './supervisor.ts';
