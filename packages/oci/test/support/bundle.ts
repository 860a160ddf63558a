/** A bundle in a directory of its own. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { defaultSpec } from '../../src/spec/defaultSpec.ts';

/** Removed, with everything in it, when the test ends. */
export async function tempDir(): Promise<string> {
  const dir = await realpath(await mkdtemp(path.join(tmpdir(), 'oci-')));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** With an empty `rootfs`; `config` is written as it is. */
export async function makeBundle(config: string | Buffer = JSON.stringify(defaultSpec())): Promise<string> {
  const dir = await tempDir();
  await mkdir(path.join(dir, 'rootfs'));
  await writeFile(path.join(dir, 'config.json'), config);
  return dir;
}
