import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { foundProcess } from '../src/foundProcess.ts';
import { isRunning, keepIdentity, readIdentity } from '../src/processIdentity.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'identity-'));
  path = join(dir, 'pid');
});
afterEach(() => rm(dir, { recursive: true }));

async function sleeper() {
  const child = spawn('sleep', ['1000']);
  await keepIdentity(path, child.pid ?? 0);
  const identity = await readIdentity(path);
  if (identity === undefined) throw new Error('no identity');
  return { child, identity };
}

test('a process is found again while it runs, and another with its pid is not taken for it', async () => {
  const { child, identity } = await sleeper();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(identity.pid).toBe(child.pid);
  expect(isRunning(identity)).toBe(true);
  const other = { ...identity, startTime: `${BigInt(identity.startTime) + 1n}` };
  expect(isRunning(other)).toBe(false);
  foundProcess(other, Promise.resolve()).kill();
  expect(isRunning(identity)).toBe(true);
  const found = foundProcess(identity, new Promise(() => {}));
  found.kill();
  expect(await found.ended).toEqual({ code: null, signal: null });
  if (child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
});

test('a zombie runs no longer', async () => {
  // The shell waits for nothing.
  const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 1000']);
  const [pid] = await once(parent.stdout, 'data');
  await keepIdentity(path, Number(pid));
  const identity = await readIdentity(path);
  if (identity === undefined) throw new Error('no identity');
  expect(await foundProcess(identity, Promise.resolve()).ended).toEqual({ code: null, signal: null });
  parent.kill();
  await once(parent, 'exit');
});

test('one that is let go is watched no longer', async () => {
  const { child, identity } = await sleeper();
  const found = foundProcess(identity, Promise.resolve());
  found.letGo();
  child.kill();
  // It has ended before the watch looks for the first time.
  while (isRunning(identity));
  await once(child, 'exit');
  expect(await Promise.race([found.ended, new Promise((resolve) => setTimeout(resolve, 50, 'silence'))])).toBe(
    'silence',
  );
});

test.each(['', '12', '12\n', '12 x\n', '12 34', 'a 34\n'])('%j says nothing of a process', async (text) => {
  await writeFile(path, text);
  expect(await readIdentity(path)).toBeUndefined();
});

test('no process, no file', async () => {
  await keepIdentity(path, 2 ** 30);
  expect(await readIdentity(path)).toBeUndefined();
});
