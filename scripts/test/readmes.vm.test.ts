// The examples of the READMEs that need a VM are run as they stand, but for their paths.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeBusyboxBundle } from '../lib/busyboxBundle.mjs';
import { processesOf } from '../lib/leftovers.mjs';
import { inRoot } from '../lib/paths.mjs';
import { blockIn, readmeOf } from './support/readme.ts';

const run = promisify(execFile);

let dir: string;
beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'me-')));
  await linkPackages();
  await makeBusyboxBundle(join(dir, 'bundle'), ['echo', 'hello']);
});
afterAll(() => rm(dir, { recursive: true }));

test('hyperstart: a program in a guest', async () => {
  const { stdout } = await runExample('hyperstart');
  expect(stdout).toBe(await outputIn('hyperstart'));
});

test('supervisor: a container, and its events', async () => {
  const { stdout, stderr } = await runExample('supervisor');
  expect(stdout).toBe('hello\n');
  expect(stderr).toBe('start-container hello\nexit hello\n');
});

test('server and api: a daemon and its client', async () => {
  const server = spawn(process.execPath, ['--input-type=module', '--eval', await exampleIn('server')], { cwd: dir });
  const ended = once(server, 'exit');
  try {
    const died = ended.then(([status]) => Promise.reject(new Error(`the example's server ended with ${status}`)));
    await Promise.race([waitFor(join(dir, 'run', 'runv.sock')), died]);
    const { stdout } = await runExample('api');
    expect(stdout).toBe(await outputIn('api'));
  } finally {
    server.kill('SIGTERM');
  }
  expect(await ended).toEqual([0, null]);
});

test('the tour of the root README', async () => {
  await runvWithRoot(join(dir, 'root'));
  const tour = await blockIn(inRoot('README.md'), 'sh', '## A short tour');
  const script = `set -eu\n${tour.replaceAll('/tmp/hello', join(dir, 'tour'))}`;
  await writeFile(join(dir, 'tour.sh'), script);
  // At a terminal, as its reader is.
  const bash = run('script', ['-qec', 'bash tour.sh', '/dev/null'], { cwd: dir, env: { ...process.env, TMPDIR: dir } });
  bash.child.stdin?.end('exit\n');
  try {
    const { stdout } = await bash;
    expect(stdout).toMatch(/^\/ # exit/m);
    expect(stdout).toMatch(/^web +\d+ +running/m);
    expect(stdout).toContain('"status": "running"');
  } finally {
    await endDaemon();
  }
});

/** What a program sees that has installed them. */
async function linkPackages(): Promise<void> {
  const modules = join(dir, 'node_modules');
  await mkdir(join(modules, '@runv'), { recursive: true });
  for (const name of await readdir(inRoot('packages'))) {
    if (name !== 'cli') await symlink(inRoot('packages', name), join(modules, '@runv', name));
  }
  await symlink(await realpath(inRoot('packages', 'server', 'node_modules', 'pino')), join(modules, 'pino'));
}

/** The tour's `runv`, but with containers of its own. */
async function runvWithRoot(root: string): Promise<void> {
  const bin = join(dir, 'node_modules', '.bin');
  await mkdir(bin);
  await writeFile(join(bin, 'runv'), `#!/bin/sh\nexec ${inRoot('node_modules/.bin/runv')} --root ${root} "$@"\n`, {
    mode: 0o755,
  });
}

/** It would wait a minute for the next container. */
async function endDaemon(): Promise<void> {
  for (const { pid } of await processesOf(dir)) process.kill(pid, 'SIGTERM');
  while ((await processesOf(dir)).length > 0) await sleep(20);
}

async function runExample(name: string) {
  return await run(process.execPath, ['--input-type=module', '--eval', await exampleIn(name)], { cwd: dir });
}

async function exampleIn(name: string): Promise<string> {
  const example = await blockIn(readmeOf(name), 'js');
  return example.replaceAll('/bundles/hello', join(dir, 'bundle')).replaceAll('/run/example', join(dir, 'run'));
}

async function outputIn(name: string): Promise<string> {
  return await blockIn(readmeOf(name), 'text');
}

async function waitFor(path: string): Promise<void> {
  const exists = () => access(path).then(always(true), always(false));
  while (!(await exists())) await sleep(20);
}

function always<T>(value: T): () => T {
  return () => value;
}
