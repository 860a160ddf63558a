/** Replaces a file as a whole: a reader sees the old one or the new one. */
import { open, rename } from 'node:fs/promises';

/** @param sync false: after a power cut it may be torn */
export async function replaceFile(path: string, text: string, sync = false): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    if (sync) await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
