import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findExecutable } from '../../src/executable/findExecutable.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'find-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function program(name: string, mode = 0o755): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, mode);
  return path;
}

test('the option comes before RUNV_QEMU, and RUNV_QEMU before the PATH', async () => {
  const [option, variable, usual] = [await program('a'), await program('b'), await program('qemu-system-x86_64')];
  const env = { RUNV_QEMU: variable, PATH: dir };
  expect(await findExecutable({ executable: option, env })).toBe(option);
  expect(await findExecutable({ env })).toBe(variable);
  expect(await findExecutable({ env: { PATH: `/nonexistent:${dir}` } })).toBe(usual);
});

test('a name without a slash is looked up in the PATH, and a link is followed', async () => {
  const path = await program('qemu-of-mine');
  await symlink(path, join(dir, 'link'));
  expect(await findExecutable({ executable: 'qemu-of-mine', env: { PATH: dir } })).toBe(path);
  expect(await findExecutable({ executable: 'link', env: { PATH: dir } })).toBe(path);
});

test('a file that cannot be executed, or a directory, is passed over', async () => {
  const path = await program('qemu-system-x86_64', 0o644);
  await mkdir(join(dir, 'sub'));
  await expect(findExecutable({ executable: path, env: {} })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(findExecutable({ executable: join(dir, 'sub'), env: {} })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('none at all: the error names each place, and how to get it', async () => {
  const search = findExecutable({ executable: 'no-such-qemu', env: { PATH: '/a:/b' } });
  await expect(search).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringMatching(/\/a\/no-such-qemu, \/b\/no-such-qemu.*apt-get install qemu-system-x86/),
  });
  await expect(findExecutable({ env: { RUNV_QEMU: '/a/b' } })).rejects.toThrow("'/a/b' that RUNV_QEMU names");
});
