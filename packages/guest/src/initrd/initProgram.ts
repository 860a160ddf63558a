// The static PID 1 that the package's build has made.
import { type Stats, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where `make -C c` puts it. */
export const initProgram = fileURLToPath(new URL('../../dist/runv-init', import.meta.url));

/** Undefined when it was not built. */
export function initProgramStats(): Stats | undefined {
  return statSync(initProgram, { throwIfNoEntry: false });
}
