/** A view of a root file system that may be written to, for one test: what it writes is in memory, and goes with it. */
import { mkdir, mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Writable extends AsyncDisposable {
  /** The root file system. */
  readonly path: string;
}

/** @param rootfs is read only */
export async function writable(rootfs: string): Promise<Writable> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-writable-'));
  const dispose = async () => {
    await execa('umount', ['--recursive', dir]);
    await rmdir(dir);
  };
  await execa('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', dir]);
  try {
    const [upper, work, path] = [join(dir, 'upper'), join(dir, 'work'), join(dir, 'rootfs')];
    for (const made of [upper, work, path]) await mkdir(made);
    const layers = `lowerdir=${rootfs},upperdir=${upper},workdir=${work}`;
    await execa('mount', ['-t', 'overlay', '-o', layers, 'overlay', path]);
    return { path, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
