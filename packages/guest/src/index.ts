// What boots inside the VM: makes and finds the kernel and the initrd. The program in the initrd is in c/.
export { GuestImageError, type GuestImageErrorCode } from './errors.ts';
export { findGuestImages } from './findGuestImages.ts';
export { guestImages } from './guestImages.ts';
export { GUEST_KERNELS } from './guestKernels.ts';
export type { BuiltKernel } from './kernel/buildKernel.ts';
export { buildMinimalKernel } from './kernel/minimalKernel.ts';
export { buildUmlKernel } from './kernel/umlKernel.ts';
export type { GuestImagesOptions } from './options.ts';
export type { GuestImages } from './record.ts';
