import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeVmDirectory } from '../../src/vmDirectory/makeVmDirectory.ts';
import { mountsBelow, removeVmDirectory } from '../../src/vmDirectory/removeVmDirectory.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vm root-'));
});
afterEach(() => rm(root, { recursive: true }));

test('the directory is its owner’s alone, its name new each time and short', async () => {
  const made = await Promise.all(Array.from({ length: 50 }, () => makeVmDirectory(join(root, 'a', 'b'))));
  expect(new Set(made.map(({ id }) => id)).size).toBe(50);
  for (const { id, dir, shareDir } of made) {
    expect(id).toMatch(/^[2-9a-z]{12}$/);
    expect(shareDir).toBe(join(dir, 'share'));
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect((await stat(shareDir)).isDirectory()).toBe(true);
  }
});

test('everything in it goes; a directory that is gone already is no error', async () => {
  const { dir, shareDir } = await makeVmDirectory(root);
  await mkdir(join(shareDir, 'c1', 'rootfs'), { recursive: true });
  await writeFile(join(dir, 'console.log'), 'x');
  await removeVmDirectory(dir);
  await expect(stat(dir)).rejects.toThrow('ENOENT');
  await removeVmDirectory(dir);
});

test('a mount in it is named, and neither it nor the directory loses a file', async () => {
  const { dir, shareDir } = await makeVmDirectory(root);
  const outside = join(root, 'precious');
  const inside = join(shareDir, 'with space');
  await mkdir(outside);
  await mkdir(inside);
  await writeFile(join(outside, 'file'), 'kept');
  await writeFile(join(dir, 'console.log'), 'kept');
  await execa('mount', ['--bind', outside, inside]);
  try {
    await expect(removeVmDirectory(dir)).rejects.toMatchObject({
      code: 'MOUNTED',
      message: expect.stringContaining(inside),
    });
    expect(await readFile(join(outside, 'file'), 'utf8')).toBe('kept');
    expect(await readFile(join(dir, 'console.log'), 'utf8')).toBe('kept');
  } finally {
    await execa('umount', [inside]);
  }
  await removeVmDirectory(dir);
  expect(await readFile(join(outside, 'file'), 'utf8')).toBe('kept');
});

test('only what is below counts, and octal escapes are bytes', () => {
  const line = (point: string): string => `36 35 98:0 / ${point} rw,noatime master:1 - ext4 /dev/root rw`;
  const mountinfo = ['/vm/a', '/vm/a/share/c\\040d', '/vm/ab', '/vm', '/vm/a/\\303\\251'].map(line).join('\n');
  expect(mountsBelow('/vm/a', mountinfo)).toEqual(['/vm/a', '/vm/a/share/c d', '/vm/a/é']);
  expect(mountsBelow('/vm/é', line('/vm/é/x'))).toEqual(['/vm/é/x']);
});
