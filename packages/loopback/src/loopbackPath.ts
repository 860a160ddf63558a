/** The static program that the package's build has made. */
import { fileURLToPath } from 'node:url';

/** Where `make -C c` puts it. */
const path = fileURLToPath(new URL('../dist/runv-loopback', import.meta.url));

/** Its absolute path. */
export function loopbackPath(): string {
  return path;
}
