import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import { watchNamespace } from '../../src/network/watchNamespace.ts';
import { Namespace } from '../support/namespaces.ts';

const MODULE = new URL('../../src/network/watchNamespace.ts', import.meta.url).pathname;

test('a change is told of, again and also one that came before anybody asked', async () => {
  await using namespace = await Namespace.make();
  const onError = vi.fn();
  const changed = vi.fn();
  await using watch = watchNamespace(namespace.path, onError);
  let up = false;
  // The watch says nothing when it begins to listen: so something changes until it is seen.
  watch.begin(changed);
  await expect
    .poll(async () => {
      up = !up;
      await namespace.ip(`link set lo ${up ? 'up' : 'down'}`);
      return changed.mock.calls.length;
    })
    .toBeGreaterThan(0);
  const calls = changed.mock.calls.length;
  await namespace.ip('link add v0 type veth peer name v1');
  await expect.poll(() => changed.mock.calls.length).toBeGreaterThan(calls);
  await watch[Symbol.asyncDispose]();
  expect(onError).not.toHaveBeenCalled();
});

test('a namespace that cannot be watched is told of', async () => {
  const onError = vi.fn();
  await using _watch = watchNamespace('/proc/1/ns/none', onError);
  await expect.poll(() => onError.mock.calls).toMatchObject([[{ code: 'FAILED' }]]);
});

test('the process that watches ends with its daemon, however that ends', async () => {
  await using namespace = await Namespace.make();
  const script = `const { watchNamespace } = await import(${JSON.stringify(MODULE.replace('/src/', '/dist/').replace('.ts', '.js'))});
    watchNamespace(${JSON.stringify(namespace.path)}, () => {});
    console.log('watching');`;
  const daemon = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(daemon, 'close');
  await once(daemon.stdout, 'data');
  const childOf = async (pid: unknown) => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
  const spawner = await childOf(daemon.pid);
  await expect.poll(() => childOf(spawner)).not.toBe('');
  const watcher = await childOf(spawner);
  // A process that has ended and that nobody has waited for has no command line any more.
  const command = () => readFile(`/proc/${watcher}/cmdline`, 'utf8').catch(() => '');
  await expect.poll(command).toMatch(/^ip\0/);
  daemon.kill('SIGKILL');
  await ended;
  await expect.poll(command).toBe('');
});
