/** The conformance kit finds leaks by these: each must see one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { children, descriptors, processesNaming, specialFiles } from '../../src/conformance/traces.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-traces-'));
});
afterAll(async () => await rm(dir, { recursive: true }));

test('a child is seen while it runs, and by what its command line names, and not after its end', async () => {
  const before = await children();
  const waiting = spawn('tail', ['--follow=name', '--retry', join(dir, 'name')], { stdio: 'ignore' });
  await once(waiting, 'spawn');
  expect(await children()).toEqual([...before, `${waiting.pid}`].sort());
  expect(await processesNaming(dir)).toEqual([`${waiting.pid}`]);
  waiting.kill('SIGKILL');
  await once(waiting, 'exit');
  expect(await children()).toEqual(before);
  expect(await processesNaming(dir)).toEqual([]);
});

test('a descriptor is seen while it is open, with N for each number in its name', async () => {
  const path = join(dir, 'file-42');
  const shown = path.replace(/\d+/g, 'N');
  const file = await open(path, 'w');
  expect(await descriptors()).toContain(shown);
  await file.close();
  expect(await descriptors()).not.toContain(shown);
});

test('a socket is a special file, a file and a directory are none', async () => {
  const server = createServer().listen(join(dir, 'socket'));
  await once(server, 'listening');
  expect(await specialFiles(dir)).toEqual([join(dir, 'socket')]);
  await new Promise((resolve) => server.close(resolve));
  expect(await specialFiles(dir)).toEqual([]);
});
