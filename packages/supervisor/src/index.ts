/** Pods, containers and processes, their events, the reaper, and their state on disk. */

export { CONTROL_CHANNEL, type ProcessSpec, SHARE_TAG, STDIO_CHANNEL } from '@runv/hyperstart';
export type { Container } from './container/container.ts';
export type { CreateContainerRequest } from './container/createContainer.ts';
export { INIT } from './container/guestSpec.ts';
export type { SupervisorOptions } from './context.ts';
export { SupervisorError, type SupervisorErrorCode } from './errors.ts';
export { type ContainerEvent, eventTime, parseEvent } from './events/event.ts';
export { namespaceShare } from './namespaceShare.ts';
export type { AddProcessRequest } from './process/addProcess.ts';
export type { Process } from './process/process.ts';
export type { Stdio, StdioRequest } from './process/stdio.ts';
export type { ContainerRecord } from './state/writeState.ts';
export { Supervisor } from './supervisor.ts';
