/** The static program that the package's build has made. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { JailError } from './errors.ts';

/** Where `make -C c` puts it. */
const path = fileURLToPath(new URL('../dist/runv-jail', import.meta.url));

/** The program's absolute path. @throws {JailError} when it was not built */
export function jailPath(): string {
  if (!existsSync(path)) throw new JailError(`${path} is missing: build the package @runv/jail first`);
  return path;
}
