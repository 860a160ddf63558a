/** What a template depends on: it fits where each of these is the same, and nowhere else. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import { bootConfigOf, type DirectOptions } from '../direct.ts';

const file = z.object({ path: z.string(), bytes: z.number(), mtimeMs: z.number(), sha256: z.string() });

export const Identity = z.object({
  /** Name, version, accelerator and machine of the driver. */
  driver: z.string(),
  size: z.string(),
  kernelParameters: z.string(),
  /** The names that the guest's ports and its shares have. */
  guest: z.string(),
  kernel: file,
  initrd: file,
});

export type Identity = z.infer<typeof Identity>;
type File = z.infer<typeof file>;

/** @param known hashes are taken from here for a file that has not changed since */
export async function identityOf(options: DirectOptions, known?: Identity): Promise<Identity> {
  const { driver, guest } = options;
  const { cpus, memoryMiB, kernel, initrd, kernelParameters = [] } = bootConfigOf(options);
  const { name, version, accelerator, machine } = driver.info;
  return {
    driver: `${name} ${version}, ${accelerator}, ${machine}`,
    size: `${cpus} CPUs and ${memoryMiB} MiB`,
    kernelParameters: kernelParameters.join(' ') || 'none',
    guest: [...guest.channels, ...guest.shareTags].join(' '),
    kernel: await identifyFile(kernel, known?.kernel),
    initrd: await identifyFile(initrd, known?.initrd),
  };
}

async function identifyFile(path: string, known: File | undefined): Promise<File> {
  const { size: bytes, mtimeMs } = await stat(path);
  if (known && known.path === path && known.bytes === bytes && known.mtimeMs === mtimeMs) return known;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { path, bytes, mtimeMs, sha256: hash.digest('hex') };
}

/** Each difference in words; none where a template of `made` fits `wanted`. */
export function differences(made: Identity, wanted: Identity): string[] {
  const names = { driver: 'hypervisor', size: 'size', kernelParameters: 'kernel parameters', guest: 'guest' } as const;
  const found = Object.entries(names).flatMap(([key, name]) => {
    const [was, is] = [made[key as keyof typeof names], wanted[key as keyof typeof names]];
    return was === is ? [] : [`${name}: it was made with ${was}, here it is ${is}`];
  });
  for (const key of ['kernel', 'initrd'] as const) {
    if (made[key].sha256 !== wanted[key].sha256)
      found.push(`${key}: it was made with ${words(made[key])}, here it is ${words(wanted[key])}`);
  }
  return found;
}

function words({ path, sha256 }: File): string {
  return `${path} (sha256 ${sha256.slice(0, 12)})`;
}
