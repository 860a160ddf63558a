import { execFileSync } from 'node:child_process';
import { chmod, chown, link, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { EventLog } from '../../src/eventLog.ts';
import { event, lines, openLog, optionsFor, tempDir } from '../support/events.ts';

const FILES = ['events.log', 'events.log.lock', 'events.log.0000000000000000-0000000000000027'];

/** How a file is made that is not to be trusted, and what the error says of it. */
const UNSAFE: readonly (readonly [string, (file: string) => unknown, string])[] = [
  ['a symbolic link', (file) => symlink('/dev/null', file), 'is a symbolic link and no regular file; remove it'],
  ['a dangling symbolic link', (file) => symlink('/nowhere', file), 'is a symbolic link'],
  ['a FIFO', (file) => execFileSync('mkfifo', [file]), 'is a FIFO and no regular file; remove it'],
  ['a directory', (file) => mkdir(file), 'is a directory and no regular file; remove it'],
  ['a device', (file) => execFileSync('mknod', [file, 'c', '1', '7']), 'is a device and no regular file; remove it'],
  ['a file with a second name', hardLink, 'has 2 hard links'],
  ['a file of another user', (file) => foreign(file), 'belongs to uid 12345 and not to 0; run: chown 0'],
  ['a file that all can write', (file) => mode(file, 0o666), 'can be written by others (mode 0666); run: chmod go-w'],
  ['a file that a group can write', (file) => mode(file, 0o660), 'can be written by others (mode 0660)'],
];

async function hardLink(file: string): Promise<void> {
  await writeFile(`${file}.other`, '', { mode: 0o600 });
  await link(`${file}.other`, file);
}

async function foreign(file: string): Promise<void> {
  await writeFile(file, '', { mode: 0o600 });
  await chown(file, 12345, 12345);
}

async function mode(file: string, bits: number): Promise<void> {
  await writeFile(file, '');
  await chmod(file, bits);
}

test.each(UNSAFE)('%s is refused in the place of each file, and nothing waits', async (_, make, says) => {
  for (const name of FILES) {
    const dir = await tempDir();
    const file = path.join(dir, name);
    await make(file);
    const message = expect.stringMatching(new RegExp(`^${file} .*${says.replaceAll(/[()]/g, '.')}`));
    await expect(openLog(dir)).rejects.toMatchObject({ code: 'UNSAFE', message });
    // Nothing is left open or locked.
    await rm(file, { recursive: true });
    await openLog(dir);
  }
});

test.each(UNSAFE)('%s is refused by a reader too', async (_, make, says) => {
  const dir = await tempDir();
  await make(path.join(dir, 'events.log'));
  const message = expect.stringContaining(says);
  await expect(EventLog.openReadOnly(optionsFor(dir))).rejects.toMatchObject({ code: 'UNSAFE', message });
});

test('a directory that others can write is refused, unless only a file’s owner may replace it', async () => {
  const dir = await tempDir();
  await chmod(dir, 0o777);
  await expect(openLog(dir)).rejects.toMatchObject({
    code: 'UNSAFE',
    message: `${dir} can be written by others (mode 0777); run: chmod go-w ${dir}`,
  });
  await chmod(dir, 0o1777);
  await openLog(dir);
});

test('a directory of another user is refused', async () => {
  const dir = await tempDir();
  await chown(dir, 12345, 12345);
  await expect(openLog(dir)).rejects.toMatchObject({ code: 'UNSAFE', message: expect.stringContaining('uid 12345') });
});

test('a file that others can read is fine', async () => {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'events.log'), lines([event(0)]), { mode: 0o644 });
  await openLog(dir);
});
