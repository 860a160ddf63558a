// Kernels in the cache, a directory each: `kernel-stock-<version>-<hash of its modules' names>` for Debian's own,
// `kernel-<kind>-<version>-<hash of its recipe>` for ours.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Recipe, recipeHash } from './config.ts';
import { modulesHash } from './guestModules.ts';

export interface CachedKernel {
  readonly kind: 'stock' | Recipe['kind'];
  /** The directory that holds `vmlinux`, and of a stock kernel `modules/`. */
  readonly dir: string;
  /** As Debian names it, `6.1.192-2`. */
  readonly version: string;
}

const stockPrefix = 'kernel-stock-';

export function stockKernelAt(cacheDir: string, version: string): CachedKernel {
  return { kind: 'stock', dir: join(cacheDir, `${stockPrefix}${version}-${modulesHash()}`), version };
}

export function builtKernelAt(cacheDir: string, recipe: Recipe, version: string): CachedKernel {
  const { kind } = recipe;
  return { kind, dir: join(cacheDir, `kernel-${kind}-${version}-${recipeHash(recipe)}`), version };
}

/** Of those with the modules that a guest needs at present. */
export function newestStock(cacheDir: string): CachedKernel | undefined {
  const version = newest(versionsOf(cacheDir, stockPrefix, modulesHash));
  return version === undefined ? undefined : stockKernelAt(cacheDir, version);
}

/** Of those built with the present configuration. */
export function newestBuilt(cacheDir: string, recipe: Recipe): CachedKernel | undefined {
  const version = newest(versionsOf(cacheDir, `kernel-${recipe.kind}-`, () => recipeHash(recipe)));
  return version === undefined ? undefined : builtKernelAt(cacheDir, recipe, version);
}

function versionsOf(cacheDir: string, prefix: string, hash: () => string): string[] {
  const names = list(cacheDir).filter((name) => name.startsWith(prefix));
  if (names.length === 0) return [];
  const suffix = `-${hash()}`;
  return names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(prefix.length, -suffix.length));
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
