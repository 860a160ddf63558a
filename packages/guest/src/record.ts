// What was made last for one PID 1, so that a daemon finds its images without hashing anything. The record's name
// holds the program's size and time: a rebuilt PID 1 has none yet.
import { readFileSync, type Stats } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publish } from './publish.ts';

export interface GuestImages {
  /** Absolute path of an ELF kernel that boots by PVH. */
  readonly kernel: string;
  /** Absolute path of the initrd, a cpio archive. */
  readonly initrd: string;
  /** As Debian names it, `6.1.192-2`. */
  readonly kernelVersion: string;
}

function recordPath(cacheDir: string, init: Stats): string {
  return join(cacheDir, `images-${init.size}-${Math.floor(init.mtimeMs)}.json`);
}

export async function writeRecord(cacheDir: string, init: Stats, images: GuestImages): Promise<void> {
  await publish(recordPath(cacheDir, init), (path) => writeFile(path, `${JSON.stringify(images)}\n`));
}

/** Undefined when there is none, or what it says is not what we write. */
export function readRecord(cacheDir: string, init: Stats): GuestImages | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(recordPath(cacheDir, init), 'utf8'));
    return isImages(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isImages(value: unknown): value is GuestImages {
  if (typeof value !== 'object' || value === null) return false;
  const fields = ['kernel', 'initrd', 'kernelVersion'];
  return fields.every((field) => typeof Reflect.get(value, field) === 'string');
}
