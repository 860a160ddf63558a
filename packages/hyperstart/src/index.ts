/** The host's side of the guest protocol (docs/guest-protocol.md): one call per command, one stream per stdio session. */
export { GuestError, type GuestErrorCode } from './errors.ts';
export type { GuestInfo } from './guestInfo.ts';
export type { GuestProcess } from './guestProcess.ts';
export { GuestSession } from './guestSession.ts';
export { CONTROL_CHANNEL, SHARE_TAG, STDIO_CHANNEL } from './names.ts';
export type { SessionOptions } from './sessionOptions.ts';
export type { Capabilities, ContainerSpec, MountSpec, ProcessSpec, Rlimit } from './specs.ts';
