/** Removes a VM's directory, and never anything through a mount: a container's root file system may be mounted in it. */
import { readFile, rm } from 'node:fs/promises';
import { FactoryError } from '../errors.ts';

/** @throws FactoryError `MOUNTED`, naming the mounts; nothing was removed then */
export async function removeVmDirectory(dir: string): Promise<void> {
  const mounts = mountsBelow(dir, await readFile('/proc/self/mountinfo', 'utf8'));
  if (mounts.length > 0) {
    throw new FactoryError(
      'MOUNTED',
      `the VM's directory ${dir} is kept, because this is mounted in it: ${mounts.join(', ')}; unmount it first`,
    );
  }
  await rm(dir, { recursive: true, force: true });
}

/** The mount points in `dir`, itself included (proc(5), the fifth field). */
export function mountsBelow(dir: string, mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => decodeMountPath(line.split(' ')[4] ?? ''))
    .filter((point) => point === dir || point.startsWith(`${dir}/`));
}

/** A path as /proc/self/mountinfo has it: spaces and their like stand as three octal digits. */
export function decodeMountPath(field: string): string {
  // A file name is bytes, and these escapes are bytes too.
  const bytes = Buffer.from(field)
    .toString('latin1')
    .replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
  return Buffer.from(bytes, 'latin1').toString();
}
