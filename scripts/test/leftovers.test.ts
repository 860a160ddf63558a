import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findLeftovers, processesOf } from '../lib/leftovers.mjs';

let dir: string;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'left over-')));
});
afterEach(() => rm(dir, { recursive: true }));

test('nothing is left of nothing, and a cache is no leftover', async () => {
  await mkdir(join(dir, 'node-compile-cache'));
  expect(await findLeftovers(dir, 0)).toEqual([]);
});

test('a file is named, unless it is expected', async () => {
  await writeFile(join(dir, 'a'), '');
  await writeFile(join(dir, 'b'), '');
  expect(await findLeftovers(dir, 0, [`file ${dir}/b`])).toEqual([`file ${dir}/a`]);
});

test('a process in a session of its own is named until it has ended', async () => {
  const child = spawn('sleep', ['60'], { detached: true, env: { ...process.env, TMPDIR: dir }, stdio: 'ignore' });
  await once(child, 'spawn');
  const gone = once(child, 'exit');
  try {
    expect(await findLeftovers(dir, 0)).toEqual([`process ${child.pid}: sleep 60`]);
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
  expect(await processesOf(dir)).toEqual([]);
});

test('a mount is named, also one with a blank in its path', async () => {
  const point = join(dir, 'mount');
  await mkdir(point);
  execFileSync('mount', ['-t', 'tmpfs', 'none', point]);
  try {
    expect(await findLeftovers(dir, 0)).toContain(`mount ${point}`);
  } finally {
    execFileSync('umount', [point]);
  }
});

test('what goes away in time is no leftover', async () => {
  await writeFile(join(dir, 'a'), '');
  const found = findLeftovers(dir, 30_000);
  await rm(join(dir, 'a'));
  expect(await found).toEqual([]);
});
