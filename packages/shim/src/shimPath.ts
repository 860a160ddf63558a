// The static program that the package's build has made.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ShimError } from './errors.ts';

/** Where `make -C c` puts it. */
const path = fileURLToPath(new URL('../dist/runv-shim', import.meta.url));

/**
 * The shim's absolute path.
 *
 * @throws {ShimError} when it was not built
 */
export function shimPath(): string {
  if (!existsSync(path)) throw new ShimError(`${path} is missing: build the package @runv/shim first`);
  return path;
}
