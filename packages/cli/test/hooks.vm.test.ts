/** The hooks of a bundle that run on the host, over a container's whole life. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bundles, until } from '@runv/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { endDaemon } from './support/endDaemon.ts';
import { type CommandResult, runv } from './support/runv.ts';

const OK: CommandResult = { stdout: '', stderr: '', exitCode: 0 };

let dir: string;
let root: string;
let bundles: Bundles;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-hooks-'));
  root = join(dir, 'root');
  bundles = await Bundles.make();
});
afterAll(async () => {
  await endDaemon(root);
  await rm(dir, { recursive: true });
  await bundles[Symbol.asyncDispose]();
});
beforeEach(() => rm(join(dir, 'said'), { force: true }));

const cli = (...args: string[]) => runv(['--root', root, ...args]);

/** Writes its name and the state that it got; then what else it is to do. */
function hook(name: string, then = 'true') {
  const script = `{ printf '${name} '; cat; echo; } >> ${dir}/said; ${then}`;
  return { path: '/bin/sh', args: ['sh', '-c', script] };
}

const KINDS = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'];

async function said(): Promise<[string, { status: string; pid: number; id: string; bundle: string }][]> {
  const text = await readFile(join(dir, 'said'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', ...state] = line.split(' ');
      return [name, JSON.parse(state.join(' '))];
    });
}

function bundle(change: Record<string, object[]> = {}): Promise<string> {
  const hooks = { ...Object.fromEntries(KINDS.map((kind) => [kind, [hook(kind)]])), ...change };
  return bundles.bundle({ args: ['sleep', '1000'], spec: { hooks } });
}

test('each is run in its turn, with the state of the container', async () => {
  const path = await bundle();
  expect(await cli('create', '-b', path, 'hooked')).toEqual(OK);
  expect((await said()).map(([name]) => name)).toEqual(['prestart', 'createRuntime', 'createContainer']);
  expect(await cli('start', 'hooked')).toEqual(OK);
  const { pid } = JSON.parse((await cli('state', 'hooked')).stdout);
  expect((await said()).at(-1)).toEqual(['poststart', expect.objectContaining({ status: 'running', pid })]);
  expect(await cli('delete', '--force', 'hooked')).toEqual(OK);
  const all = await said();
  expect(all.map(([name, { status }]) => `${name} ${status}`)).toEqual([
    ...['prestart creating', 'createRuntime creating', 'createContainer creating'],
    ...['poststart running', 'poststop stopped'],
  ]);
  for (const [, state] of all.slice(0, 4)) expect(state).toMatchObject({ id: 'hooked', pid, bundle: path });
});

test.each(['prestart', 'createRuntime', 'createContainer'])('a %s hook that fails undoes the create', async (kind) => {
  const path = await bundle({ [kind]: [hook(kind, 'echo it was wrong >&2; exit 3')] });
  const { stderr, exitCode } = await cli('create', '-b', path, 'undone');
  expect(stderr).toMatch(new RegExp(`^runv: .*hooks\\.${kind}\\[0\\] \\(/bin/sh\\) exited with 3: it was wrong\\n$`));
  expect(exitCode).toBe(1);
  const names = (await said()).map(([name]) => name);
  expect(names).toEqual([...KINDS.slice(0, KINDS.indexOf(kind) + 1), 'poststop']);
  expect((await cli('list', '-q')).stdout).toBe('');
});

test('a poststart hook that fails ends the container', async () => {
  const path = await bundle({ poststart: [hook('poststart', 'exit 4')] });
  expect(await cli('create', '-b', path, 'ended')).toEqual(OK);
  expect((await cli('start', 'ended')).stderr).toMatch(/^runv: .*hooks\.poststart\[0\] .* exited with 4\n$/);
  await until(async () => JSON.parse((await cli('state', 'ended')).stdout).status === 'stopped');
  expect(await cli('delete', 'ended')).toEqual(OK);
  expect((await said()).at(-1)?.[0]).toBe('poststop');
});

test('one that takes longer than its timeout fails, and a poststop hook that fails is no error', async () => {
  const slow = { path: '/bin/sleep', args: ['sleep', '1000'], timeout: 1 };
  const { stderr } = await cli('create', '-b', await bundle({ createRuntime: [slow] }), 'slow');
  expect(stderr).toMatch(/^runv: .*hooks\.createRuntime\[0\] \(\/bin\/sleep\) did not end within its 1 s\n$/);
  const path = await bundle({ poststop: [hook('poststop', 'exit 5'), hook('second')] });
  expect(await cli('create', '-b', path, 'stopped')).toEqual(OK);
  expect(await cli('delete', '--force', 'stopped')).toEqual(OK);
  expect((await said()).slice(-2).map(([name]) => name)).toEqual(['poststop', 'second']);
});
