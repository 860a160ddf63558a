// Which of the two kernels a guest gets: what the caller says, else what the user says, else the minimal one if it is there.
import { GuestImageError } from '../errors.ts';
import type { GuestImagesOptions } from '../options.ts';
import { type CachedKernel, newestMinimal } from './cachedKernel.ts';

/** The minimal kernel when it is to be used, undefined for the stock kernel. */
export interface KernelChoice {
  readonly minimal: CachedKernel | undefined;
  /** Whether the other one would do as well. */
  readonly free: boolean;
}

/** @throws {GuestImageError} when the minimal kernel is asked for and was not built, or a kernel that is neither */
export function chooseKernel(cacheDir: string, asked: GuestImagesOptions['kernel']): KernelChoice {
  const kind = asked ?? fromEnvironment();
  if (kind === 'stock') return { minimal: undefined, free: false };
  const minimal = newestMinimal(cacheDir);
  if (kind === undefined) return { minimal, free: true };
  if (minimal !== undefined) return { minimal, free: false };
  const message = `The minimal kernel was not built for the present configuration in ${cacheDir}: run \`npm run kernel\``;
  throw new GuestImageError('NOT_FOUND', message);
}

function fromEnvironment(): 'stock' | 'minimal' | undefined {
  const named = process.env.RUNV_GUEST_KERNEL;
  if (named === undefined || named === '') return undefined;
  if (named === 'stock' || named === 'minimal') return named;
  throw new GuestImageError('UNSUPPORTED', `RUNV_GUEST_KERNEL is ${named}: it can be stock or minimal`);
}
