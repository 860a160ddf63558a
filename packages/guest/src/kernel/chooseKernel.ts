// Which kernel a guest gets: what the caller says, else what the user says, else the minimal one if it is there.
import { GuestImageError } from '../errors.ts';
import type { GuestImagesOptions } from '../options.ts';
import { type CachedKernel, newestBuilt } from './cachedKernel.ts';
import { MINIMAL, UML } from './config.ts';

export interface KernelChoice {
  /** The one that was built and is to be used, undefined for the stock kernel. */
  readonly built: CachedKernel | undefined;
  /** Whether the other one would do as well. */
  readonly free: boolean;
}

/** @throws {GuestImageError} when a kernel is asked for that was not built, or one that there is not */
export function chooseKernel(cacheDir: string, asked: GuestImagesOptions['kernel']): KernelChoice {
  const kind = asked ?? fromEnvironment();
  if (kind === 'stock') return { built: undefined, free: false };
  const recipe = kind === 'uml' ? UML : MINIMAL;
  const built = newestBuilt(cacheDir, recipe);
  if (kind === undefined) return { built, free: true };
  if (built !== undefined) return { built, free: false };
  const message = `The ${kind} kernel was not built for the present configuration in ${cacheDir}: run \`npm run kernel -- ${kind}\``;
  throw new GuestImageError('NOT_FOUND', message);
}

function fromEnvironment(): 'stock' | 'minimal' | undefined {
  const named = process.env.RUNV_GUEST_KERNEL;
  if (named === undefined || named === '') return undefined;
  if (named === 'stock' || named === 'minimal') return named;
  throw new GuestImageError('UNSUPPORTED', `RUNV_GUEST_KERNEL is ${named}: it can be stock or minimal`);
}
