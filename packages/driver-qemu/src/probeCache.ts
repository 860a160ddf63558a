/**
 * The probe cache: what the driver found out about one QEMU executable, in one small file, so that a daemon's start neither
 * runs `qemu --version` nor tries KVM again. A changed executable (path, size or time) has another file name.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultCacheDir } from '@runv/hypervisor';
import * as z from 'zod/mini';

const facts = z.object({
  version: z.optional(z.string()),
  kvm: z.optional(z.object({ bootId: z.string(), works: z.boolean(), reason: z.string() })),
});

type Facts = z.infer<typeof facts>;

export interface ProbeCache {
  get(): Facts;
  /** Adds facts. A cache that cannot be written costs time at the next start and nothing else. */
  add(more: Facts): Promise<void>;
}

export async function openProbeCache(executable: string, cacheDir: string = defaultCacheDir()): Promise<ProbeCache> {
  const path = join(cacheDir, `qemu-${await keyOf(executable)}.json`);
  let known = await read(path);
  return {
    get: () => known,
    async add(more) {
      known = { ...known, ...more };
      await write(cacheDir, path, known);
    },
  };
}

async function keyOf(executable: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(executable);
  return createHash('sha256').update(`${executable}:${mtimeMs}:${size}:${ino}`).digest('hex').slice(0, 16);
}

async function read(path: string): Promise<Facts> {
  try {
    return facts.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // There is no file, or a crash or another version of runv left it: the facts are found out again.
    return {};
  }
}

async function write(dir: string, path: string, known: Facts): Promise<void> {
  const next = `${path}.${process.pid}`;
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(next, `${JSON.stringify(known)}\n`);
    await rename(next, path);
  } catch {
    await rm(next, { force: true }).catch(() => {});
  }
}
