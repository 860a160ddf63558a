/**
 * What was learnt about one QEMU executable, kept in one small file, so that a daemon's start neither runs
 * `qemu --version` nor tries KVM again. A changed executable (path, size or time) has another file name.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';

const facts = z.object({
  version: z.optional(z.string()),
  kvm: z.optional(z.object({ bootId: z.string(), works: z.boolean(), reason: z.string() })),
});

type Facts = z.infer<typeof facts>;

export interface Memory {
  recall(): Facts;
  /** Adds to what is known. A cache that cannot be written costs time at the next start and nothing else. */
  remember(more: Facts): Promise<void>;
}

export async function openMemory(executable: string, cacheDir: string = defaultCacheDir()): Promise<Memory> {
  const path = join(cacheDir, `qemu-${await keyOf(executable)}.json`);
  let known = await read(path);
  return {
    recall: () => known,
    async remember(more) {
      known = { ...known, ...more };
      await write(cacheDir, path, known);
    },
  };
}

function defaultCacheDir(): string {
  if (process.env.RUNV_CACHE) return process.env.RUNV_CACHE;
  return process.getuid?.() === 0 ? '/var/cache/runv' : join(homedir(), '.cache', 'runv');
}

async function keyOf(executable: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(executable);
  return createHash('sha256').update(`${executable}:${mtimeMs}:${size}:${ino}`).digest('hex').slice(0, 16);
}

async function read(path: string): Promise<Facts> {
  try {
    return facts.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // No file, or one that a crash or another version of runv left: what it should say is found out anew.
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
