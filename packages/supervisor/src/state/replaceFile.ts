/** Replaces a file as a whole: a reader sees the old one or the new one. */
import { renameSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';

/** @param sync false: after a power cut it may be torn */
export async function replaceFile(path: string, text: string, sync = false): Promise<void> {
  const temporary = `${path}.new`;
  if (sync) {
    await writeAndSync(temporary, text);
    await rename(temporary, path);
    return;
  }
  // A few KB that go no further than the page cache: four turns of Node's threads would take ten times as long, and an exec makes two.
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

async function writeAndSync(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
