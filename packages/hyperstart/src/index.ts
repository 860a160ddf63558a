/** The host's side of the guest protocol (docs/guest-protocol.md): one call per command, one stream per stdio session. */
export { GuestError, type GuestErrorCode } from './errors.ts';
export type { GuestProcess } from './guestProcess.ts';
export { type GuestInfo, GuestSession, type SessionOptions } from './guestSession.ts';
export { CONTROL_CHANNEL, SHARE_TAG, STDIO_CHANNEL } from './names.ts';
export type { Capabilities, ContainerSpec, MountSpec, ProcessSpec, Rlimit } from './specs.ts';
