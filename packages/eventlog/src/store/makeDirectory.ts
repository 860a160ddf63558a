/** Creates a directory and its missing parents, accessible to the owner only, and syncs them to survive a power cut. */
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';

export async function makeDirectory(dir: string): Promise<void> {
  const first = await mkdir(dir, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const above = path.dirname(first);
  for (let made = path.resolve(dir); made !== above; made = path.dirname(made)) await syncDirectory(path.dirname(made));
}

/** A new directory entry is on disk once its directory is synced. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
