// Which of our kernels fit the guests that drivers ask for.
import type { GuestImagesOptions } from './options.ts';

/** By `DriverInfo.guest`: what {@link findGuestImages} and {@link guestImages} are to be told. */
export const GUEST_KERNELS: ReadonlyMap<string, Pick<GuestImagesOptions, 'kernel'>> = new Map([
  ['pc', {}],
  ['uml', { kernel: 'uml' }],
] as const);
