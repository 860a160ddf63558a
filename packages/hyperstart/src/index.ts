/** The host's side of the guest protocol (docs/guest-protocol.md): a call for each command, a stream for each session. */
export { GuestError, type GuestErrorCode } from './errors.ts';
export { type GuestInfo, parseGuestInfo } from './guestInfo.ts';
export type { GuestProcess, GuestStream } from './guestProcess.ts';
export { GuestSession } from './guestSession.ts';
export { guestLines, guestText } from './guestText.ts';
export { CONTROL_CHANNEL, SHARE_TAG, STDIO_CHANNEL, VOLUMES_TAG } from './names.ts';
export type { AddressSpec, InterfaceSpec, RouteSpec } from './networkSpecs.ts';
export { TOKEN_BYTES } from './resume/findToken.ts';
export type { GuestState, ListedProcess } from './resume/guestState.ts';
export type { SessionOptions, TakeOverOptions } from './sessionOptions.ts';
export type {
  ContainerSpec,
  DeviceSpec,
  IsolationSpec,
  MountSpec,
  PodSpec,
  ProcessSpec,
  UserNamespace,
} from './specs.ts';
export type { ContainerStats } from './stats.ts';
export { warmUpProgram } from './warmUpProgram.ts';
