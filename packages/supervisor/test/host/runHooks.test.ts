import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OciState } from '@runv/oci';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runHooks } from '../../src/host/runHooks.ts';
import { Namespace } from '../support/namespaces.ts';

let dir: string;
let state: OciState;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-hooks-'));
  state = { ociVersion: '1.0.2', id: 'c', status: 'creating', pid: process.pid, bundle: dir, annotations: { a: 'b' } };
});
afterAll(() => rm(dir, { recursive: true }));

const sh = (script: string, more: object = {}) => ({ path: '/bin/sh', args: ['sh', '-c', script], ...more });

test('a hook gets the state on stdin, its own environment only, its args whole, and begins in the bundle', async () => {
  const hook = { ...sh('cat > state; env > env; pwd > pwd; echo "$0" > name', { env: ['A=1=2', 'B='] }) };
  await runHooks({ kind: 'createRuntime', hooks: [{ ...hook, args: ['my-sh', ...hook.args.slice(1)] }], state });
  const text = (name: string) => readFile(join(dir, name), 'utf8');
  expect(JSON.parse(await text('state'))).toEqual(state);
  // PWD is the shell's own.
  expect((await text('env')).split('\n').filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=|^$/.test(line))).toEqual([
    'A=1=2',
    'B=',
  ]);
  expect((await text('pwd')).trim()).toBe(dir);
  expect((await text('name')).trim()).toBe('my-sh');
});

test('they run one after the other, and none after one that failed', async () => {
  const file = join(dir, 'order');
  const hooks = [sh(`echo 1 >> ${file}`), sh('echo so it is >&2; exit 3'), sh(`echo 2 >> ${file}`)];
  await expect(runHooks({ kind: 'prestart', hooks, state })).rejects.toThrow(
    /^hooks\.prestart\[1\] \(\/bin\/sh\) exited with 3: so it is$/,
  );
  expect(await readFile(file, 'utf8')).toBe('1\n');
});

test('of a hook that fails the last words are shown, whichever output they went to', async () => {
  const hooks = [sh('yes warning | head -c 5000 >&2; sleep 0.2; echo the reason; exit 1')];
  await expect(runHooks({ kind: 'prestart', hooks, state })).rejects.toThrow(/the reason$/);
});

test('one that takes longer than its timeout is killed, and named, whenever it was to run', async () => {
  const kinds = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'] as const;
  const pids = await Promise.all(
    kinds.map(async (kind) => {
      const file = join(dir, `pid-${kind}`);
      const hooks = [sh(`trap '' TERM; echo $$ > ${file}; exec sleep 1000`, { timeout: 1 })];
      const inNamespacesOf = kind === 'createContainer' ? process.pid : undefined;
      await expect(runHooks({ kind, hooks, state, inNamespacesOf })).rejects.toThrow(
        `hooks.${kind}[0] (/bin/sh) did not end within its 1 s`,
      );
      return Number(await readFile(file, 'utf8'));
    }),
  );
  for (const pid of pids) {
    expect(pid).toBeGreaterThan(0);
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false));
  }
});

test('one that is not there, or does not read its state, is told apart', async () => {
  await runHooks({ kind: 'poststop', hooks: [{ path: '/bin/true' }], state });
  await expect(runHooks({ kind: 'poststop', hooks: [{ path: '/no/such' }], state })).rejects.toThrow(
    /^hooks\.poststop\[0\] \(\/no\/such\) could not be run: .*No such file or directory/,
  );
});

test('createContainer runs in the network namespace of the shim', async () => {
  await using other = await Namespace.make();
  const file = join(dir, 'ns');
  const hooks = [sh(`readlink /proc/self/ns/net > ${file}`)];
  await runHooks({ kind: 'createContainer', hooks, state, inNamespacesOf: other.pid });
  const seen = (await readFile(file, 'utf8')).trim();
  expect(seen).toBe(await readlink(other.path));
  expect(seen).not.toBe(await readlink('/proc/self/ns/net'));
});
