/** User-mode Linux has no clones: its pool has VMs that were booted ahead. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Bundles, until } from '@runv/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { endDaemon } from '../support/endDaemon.ts';
import { runv, tempDir } from '../support/runv.ts';

const CACHED = 4;
const NOTICE = 'runv: the driver uml has no templates: VMs are booted ahead and kept ready, as by --factory cache\n';

let bundles: Bundles;
let bundle: string;
let dir: Awaited<ReturnType<typeof tempDir>>;
const root = () => join(dir.path, 'root');
const uml = (...args: string[]) => runv(['--root', root(), '--driver', 'uml', ...args]);
const vms = () => readdir(join(root(), '.daemon/vm'));

beforeAll(async () => {
  bundles = await Bundles.make();
  bundle = await bundles.bundle({ args: ['sleep', '100000'] });
});
afterAll(() => bundles[Symbol.asyncDispose]());
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(async () => {
  await endDaemon(root());
  await dir[Symbol.asyncDispose]();
});

test.each([
  ['cache', ['--factory', 'cache'], ''],
  ['template', ['--factory', 'template'], NOTICE],
  ['a template that is named', ['--template', '/no/where'], NOTICE],
])('--factory %s keeps booted VMs ready, of which a container takes one', async (_, flags, stderr) => {
  const first = await uml(...flags, 'run', '--detach', '--bundle', bundle, 'first');
  expect(first).toEqual({ stdout: '', stderr, exitCode: 0 });
  await until(async () => (await vms()).length === 1 + CACHED);
  const kept = await vms();
  // It is said once, by the command that starts the daemon.
  const second = await uml(...flags, 'run', '--detach', '--bundle', bundle, 'second');
  expect(second).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  const record = JSON.parse((await uml('state', 'second')).stdout);
  expect(record.status).toBe('running');
  await until(async () => (await vms()).length === 2 + CACHED);
  expect((await vms()).filter((vm) => !kept.includes(vm))).toHaveLength(1);
  for (const id of ['first', 'second']) await uml('delete', '--force', id);
});
