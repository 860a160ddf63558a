/** Pods, containers and processes, their events, the reaper, and their state on disk. */

export type { ContainerStats, ProcessSpec } from '@runv/hyperstart';
export { clearHost } from './container/clearHost.ts';
export type { Container } from './container/container.ts';
export type { CreateContainerRequest } from './container/createContainer.ts';
export { INIT } from './container/guestSpec.ts';
export { CPUS_ANNOTATION, MEMORY_ANNOTATION } from './container/machineAsk.ts';
export { parseUpdate } from './container/parseUpdate.ts';
export type { SupervisorOptions } from './context.ts';
export { SupervisorError, type SupervisorErrorCode } from './errors.ts';
export { type ContainerEvent, eventTime, parseEvent } from './events/event.ts';
export { GUEST } from './guest.ts';
export { namespaceShare } from './namespaceShare.ts';
export { refuseHostNetwork } from './network/hostNetwork.ts';
export type { AddProcessRequest } from './process/addProcess.ts';
export { execSpec } from './process/execSpec.ts';
export type { Process } from './process/process.ts';
export type { StandIn, Stdio, StdioRequest } from './process/stdio.ts';
export type { ContainerRecord } from './state/writeState.ts';
export { Supervisor } from './supervisor.ts';
