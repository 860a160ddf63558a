// Kernels in the cache: a directory each, `kernel-<version>` for Debian's own, `kernel-minimal-<version>-<hash of its
// configuration>` for ours.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { configHash } from './config.ts';

export interface CachedKernel {
  readonly kind: 'stock' | 'minimal';
  /** The directory that holds `vmlinux`, and of a stock kernel `modules/`. */
  readonly dir: string;
  /** As Debian names it, `6.1.192-2`. */
  readonly version: string;
}

const prefix = 'kernel-';
const minimalPrefix = `${prefix}minimal-`;

export function stockKernelAt(cacheDir: string, version: string): CachedKernel {
  return { kind: 'stock', dir: join(cacheDir, `${prefix}${version}`), version };
}

export function minimalKernelAt(cacheDir: string, version: string): CachedKernel {
  return { kind: 'minimal', dir: join(cacheDir, `${minimalPrefix}${version}-${configHash()}`), version };
}

export function newestStock(cacheDir: string): CachedKernel | undefined {
  const names = list(cacheDir).filter((name) => name.startsWith(prefix) && !name.startsWith(minimalPrefix));
  const version = newest(names.map((name) => name.slice(prefix.length)));
  return version === undefined ? undefined : stockKernelAt(cacheDir, version);
}

/** Of those built with the present configuration. */
export function newestMinimal(cacheDir: string): CachedKernel | undefined {
  const names = list(cacheDir).filter((name) => name.startsWith(minimalPrefix));
  if (names.length === 0) return undefined;
  const suffix = `-${configHash()}`;
  const own = names.filter((name) => name.endsWith(suffix));
  const version = newest(own.map((name) => name.slice(minimalPrefix.length, -suffix.length)));
  return version === undefined ? undefined : minimalKernelAt(cacheDir, version);
}

function list(cacheDir: string): string[] {
  try {
    return readdirSync(cacheDir);
  } catch {
    return [];
  }
}

function newest(versions: readonly string[]): string | undefined {
  return versions.toSorted(new Intl.Collator('en', { numeric: true }).compare).at(-1);
}
