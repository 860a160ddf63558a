/** Reads a file of the kernel's, which has no size before it is read. */
import { readFile } from 'node:fs/promises';

/** In characters. */
const MOST = 4096;

export async function readPseudoFile(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').then(
    (text) => text.trim().slice(0, MOST),
    () => undefined,
  );
}
