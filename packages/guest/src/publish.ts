// Puts something into the cache so that nobody ever sees half of it, and two makers at once do not disturb each other.
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Lets `make` fill a path beside `target`, then renames that to `target`. When somebody else was faster theirs stays:
 * names in the cache tell contents, so it is the same.
 */
export async function publish(target: string, make: (path: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const workshop = await mkdtemp(join(dirname(target), '.making-'));
  try {
    const made = join(workshop, 'made');
    await make(made);
    await rename(made, target);
  } catch (error) {
    if (!isTaken(error)) throw error;
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

function isTaken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOTEMPTY' || code === 'EEXIST';
}
