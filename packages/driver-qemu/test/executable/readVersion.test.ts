import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkVersion, readVersion } from '../../src/executable/readVersion.ts';
import { openProbeCache } from '../../src/probeCache.ts';

let dir: string;
let program: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'version-'));
  program = join(dir, 'qemu');
});
afterEach(() => rm(dir, { recursive: true }));

/** A program that says this, and counts how often it was run. */
async function says(text: string, status = 0): Promise<void> {
  await writeFile(program, `#!/bin/sh\necho run >> ${dir}/runs\necho '${text}'\nexit ${status}\n`, { mode: 0o755 });
}

const runs = async (): Promise<number> => (await readFile(join(dir, 'runs'), 'utf8')).split('\n').length - 1;
const version = async (): Promise<string> => readVersion(program, await openProbeCache(program, join(dir, 'cache')));

test('it is asked once, and again when the file has changed', async () => {
  await says('QEMU emulator version 7.2.22 (Debian 1:7.2)');
  expect([await version(), await version()]).toEqual(['7.2.22', '7.2.22']);
  expect(await runs()).toBe(1);
  await utimes(program, 1, 1);
  expect(await version()).toBe('7.2.22');
  expect(await runs()).toBe(2);
});

test('a probe cache that cannot be read or written costs nothing but the question', async () => {
  await says('QEMU emulator version 9.1.0');
  await writeFile(join(dir, 'cache'), 'a file where the directory should be');
  expect([await version(), await version()]).toEqual(['9.1.0', '9.1.0']);
  expect(await runs()).toBe(2);
});

test('a program that is not QEMU, or fails, is quoted', async () => {
  await says('hello', 0);
  await expect(version()).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('hello') });
  await says('version 7.0', 3);
  await expect(version()).rejects.toThrow('status 3');
});

test('one that is too old is refused with its version', () => {
  expect(() => checkVersion('/q', '5.2.0')).toThrow(/\/q is QEMU 5\.2\.0.*6\.0/);
  checkVersion('/q', '6.0.0');
  checkVersion('/q', '10.1.0');
});
