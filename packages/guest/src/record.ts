// What was made last for one PID 1, so that a daemon finds its images without hashing them. The record's name
// holds the program's size and time, and which kernel of ours it is for: a rebuilt PID 1 has none yet.
import { existsSync, readFileSync, type Stats } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CachedKernel } from './kernel/cachedKernel.ts';
import { publish } from './publish.ts';

export interface GuestImages {
  /** Absolute path of an ELF kernel: one that boots by PVH, or a User-mode Linux. */
  readonly kernel: string;
  /** Absolute path of the initrd, a cpio archive. */
  readonly initrd: string;
  /** Of Debian's kernel or its source, as Debian names it: `6.1.192-2`. */
  readonly kernelVersion: string;
}

export interface RecordKey {
  readonly cacheDir: string;
  readonly init: Stats;
  /** Undefined for the stock kernel, whichever there was. */
  readonly built: CachedKernel | undefined;
}

function recordPath({ cacheDir, init, built }: RecordKey): string {
  const kernel = built === undefined ? '' : `-${basename(built.dir)}`;
  return join(cacheDir, `images-${init.size}-${Math.floor(init.mtimeMs)}${kernel}.json`);
}

export async function writeRecord(key: RecordKey, images: GuestImages): Promise<void> {
  await publish(recordPath(key), (path) => writeFile(path, `${JSON.stringify(images)}\n`));
}

/** Undefined when there is none, what it says is not what we write, or the images are gone. */
export function readRecord(key: RecordKey): GuestImages | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(recordPath(key), 'utf8'));
    return isImages(record) && existsSync(record.kernel) && existsSync(record.initrd) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isImages(value: unknown): value is GuestImages {
  if (typeof value !== 'object' || value === null) return false;
  const fields = ['kernel', 'initrd', 'kernelVersion'];
  return fields.every((field) => typeof Reflect.get(value, field) === 'string');
}
