/** Reads a bundle: a directory with config.json and a root file system. */
import { constants, open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { BundleError, type BundleErrorCode } from '../errors.ts';
import { decodeJsonBytes } from '../json/decodeJsonBytes.ts';
import { parseJson } from '../json/parseJson.ts';
import { parseSpec } from '../spec/parseSpec.ts';
import type { Spec } from '../spec/types.ts';

/** The largest accepted config.json, in bytes: several times the arguments and environment that Linux allows. */
const CONFIG_LIMIT = 16 * 1024 * 1024;

export interface Bundle {
  /** The bundle's directory: absolute, without symbolic links. */
  readonly path: string;
  readonly spec: Spec;
  /** The root file system's directory: absolute, without symbolic links. */
  readonly rootfs: string;
}

/**
 * Reads config.json, checks it, and finds the root file system. Bytes in its strings that are not UTF-8 become
 * surrogates, see `decodeJsonBytes`.
 *
 * @throws BundleError with any of its codes; the signal's reason
 * @example
 * const { spec, rootfs } = await readBundle('/bundles/web');
 */
export async function readBundle(
  bundlePath: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Bundle> {
  const { signal } = options;
  signal?.throwIfAborted();
  const bundle = await findDirectory(bundlePath, 'bundle', 'NOT_FOUND');
  const file = path.join(bundle, 'config.json');
  const text = decodeJsonBytes(await readConfig(file));
  signal?.throwIfAborted();
  const spec = await parseSpec(parseJson(text, file), file);
  const rootfs = await findDirectory(path.resolve(bundle, spec.root.path), 'root file system (root.path)', 'NO_ROOTFS');
  signal?.throwIfAborted();
  return { path: bundle, spec, rootfs };
}

async function findDirectory(given: string, what: string, code: BundleErrorCode): Promise<string> {
  try {
    const found = await realpath(given);
    if ((await stat(found)).isDirectory()) return found;
  } catch (cause) {
    throw unreachable(given, what, code, cause as NodeJS.ErrnoException);
  }
  throw new BundleError(code, `${given}: the ${what} is not a directory`);
}

function unreachable(given: string, what: string, code: BundleErrorCode, cause: NodeJS.ErrnoException): BundleError {
  if (cause.code === 'ENOENT') return new BundleError(code, `${given}: there is no such ${what}`, { cause });
  if (cause.code === 'ENOTDIR') return new BundleError(code, `${given}: the ${what} is not a directory`, { cause });
  return new BundleError('UNREADABLE', `${given}: the ${what} cannot be read: ${cause.message}`, { cause });
}

async function readConfig(file: string): Promise<Buffer> {
  // Without O_NONBLOCK, a FIFO of this name would block the caller for ever.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause) => {
    throw unreachable(file, 'config.json', 'NO_CONFIG', cause);
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new BundleError('NO_CONFIG', `${file}: expected a regular file, found something else`);
    if (found.size > CONFIG_LIMIT) {
      throw new BundleError('TOO_LARGE', `${file}: expected at most ${CONFIG_LIMIT} bytes, found ${found.size}`);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
