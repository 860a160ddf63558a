/** The static program that the package's build has made. */
import { fileURLToPath } from 'node:url';

/** Where `make -C c` puts it. */
const path = fileURLToPath(new URL('../dist/runv-spawner', import.meta.url));

/** Its absolute path. */
export function spawnerPath(): string {
  return path;
}
