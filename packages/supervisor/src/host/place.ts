/** Where paths of the host are found: the mount namespace of a client, where that is not this process's. */
import { type FileHandle, open, readlink } from 'node:fs/promises';

export interface Place extends AsyncDisposable {
  readonly namespace: FileHandle;
  /** The path by which this process finds one of there. Links that are absolute lead elsewhere. */
  path(there: string): string;
}

/**
 * @param pid of a process that lives until the place is given up
 * @returns undefined for this process's own
 * @throws the system's error, for one that has ended
 */
export async function placeOf(pid: number | undefined): Promise<Place | undefined> {
  if (!pid) return undefined;
  const path = `/proc/${pid}/ns/mnt`;
  if ((await readlink(path)) === (await readlink('/proc/self/ns/mnt'))) return undefined;
  const namespace = await open(path, 'r');
  return {
    namespace,
    path: (there) => `/proc/${pid}/root${there}`,
    [Symbol.asyncDispose]: () => namespace.close(),
  };
}
