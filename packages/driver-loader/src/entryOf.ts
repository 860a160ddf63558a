/** Finds the entry file of a package's directory: package.json's `exports` or `main`, or index.js. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DriverError } from './errors.ts';

const manifest = z.object({ exports: z.unknown(), main: z.string().optional() }).partial();

/** @throws DriverError `BROKEN` if there is none */
export async function entryOf(name: string, dir: string): Promise<string> {
  const { exports, main } = await readManifest(name, join(dir, 'package.json'));
  const entry = join(dir, targetOf(exports) ?? main ?? 'index.js');
  const found = await stat(entry).catch(() => undefined);
  if (found?.isFile()) return entry;
  throw new DriverError(
    'BROKEN',
    `the driver '${name}' in ${dir} has no file ${entry}, which its package.json refers to; is it built?`,
  );
}

async function readManifest(name: string, path: string): Promise<z.infer<typeof manifest>> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  try {
    return manifest.parse(JSON.parse(text));
  } catch (error) {
    throw new DriverError('BROKEN', `the driver '${name}' has an invalid package.json: ${path}`, {
      cause: error,
    });
  }
}

/** Resolves `exports` for `import`: a path, conditions, or subpaths (https://nodejs.org/api/packages.html). */
function targetOf(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports;
  const parsed = z.record(z.string(), z.unknown()).safeParse(exports);
  if (!parsed.success) return undefined;
  if ('.' in parsed.data) return targetOf(parsed.data['.']);
  for (const [condition, target] of Object.entries(parsed.data)) {
    const found = ['node', 'import', 'default'].includes(condition) ? targetOf(target) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
