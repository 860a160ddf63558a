/**
 * What has to be preloaded into a QEMU so that guests can make FIFOs, sockets and device nodes in a share (c/specialFiles.c), and
 * so that a clone maps a memory that it may not write (c/readOnlyMemory.c).
 */
import { fileURLToPath } from 'node:url';

/** @returns nothing for a QEMU that can do it by itself */
export function preloadFor(version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const fixed = major > 9 || (major === 9 && (minor > 2 || (minor === 2 && patch >= 1)));
  return fixed ? undefined : fileURLToPath(new URL('../../dist/preload.so', import.meta.url));
}
