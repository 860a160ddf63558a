/** What the guest's side of a VM is called: the contract between factory and hyperstart, which only the CLI knows both of. */
import type { GuestConfig } from '@runv/factory';
import { CONTROL_CHANNEL, SHARE_TAG, STDIO_CHANNEL } from '@runv/supervisor';

export const GUEST: GuestConfig = { shareTag: SHARE_TAG, channels: [CONTROL_CHANNEL, STDIO_CHANNEL] };
