/** What a real daemon logs of containers. */
import { Bundles, Daemon, exitOf, until } from '@runv/testkit';
import { expect, test } from 'vitest';

const linesOf = (daemon: Daemon) =>
  daemon.stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('a line about a container has its id, its pod and its VM; --log-level says which lines there are', async () => {
  await using bundles = await Bundles.make();
  await using daemon = await Daemon.start({ flags: ['--log-level', 'info'] });
  const { client } = daemon;
  const args = ['sleep', '1000'];
  const { container } = await client.createContainer({ id: 'first', bundlePath: await bundles.bundle({ args }) });
  const second = await bundles.bundle({
    args,
    sharedWith: 'first',
    spec: { hooks: { poststop: [{ path: '/bin/false' }] } },
  });
  await client.createContainer({ id: 'second', bundlePath: second });
  const exit = await exitOf(client, 'second', 'init');
  process.kill(container?.pids[0] ?? 0, 'SIGKILL');
  expect(await exit()).toBe(137);
  await until(() => linesOf(daemon).some(({ msg }) => msg === 'a poststop hook failed'));
  const lines = linesOf(daemon);
  const vm = lines.find(({ msg }) => msg === 'pod is up')?.vm;
  expect(vm).toEqual(expect.any(String));
  const ended = lines.filter(({ msg }) => msg === 'the VM ended before the process');
  expect(ended.sort((a, b) => String(a.id).localeCompare(String(b.id)))).toMatchObject([
    { id: 'first', pod: 'first', vm, process: 'init' },
    { id: 'second', pod: 'first', vm, process: 'init' },
  ]);
  expect(lines.find(({ msg }) => msg === 'a poststop hook failed')).toMatchObject({ id: 'second', pod: 'first', vm });
});

test("a client's id and its long words stand in one short line", async () => {
  await using bundles = await Bundles.make();
  await using daemon = await Daemon.start();
  const { client } = daemon;
  await client.createContainer({ id: 'plain', bundlePath: await bundles.bundle({ args: ['sleep', '1000'] }) });
  const apparmorProfile = `\n{"level":60}\x1b[2J${'x'.repeat(200_000)}`;
  await client.addProcess({ id: 'plain', pid: 'more\n', args: ['true'], apparmorProfile });
  await until(() => daemon.stderr.includes('AppArmor'));
  const [line] = linesOf(daemon).filter(({ msg }) => String(msg).includes('AppArmor'));
  expect(line).toMatchObject({ id: 'plain', process: 'more\\x0a' });
  expect(line?.apparmorProfile).toMatch(/^\\x0a\{"level":60\}\\x1b\[2Jx+… \(200017 characters\)$/);
  expect(Math.max(...daemon.stderr.split('\n').map((text) => text.length))).toBeLessThan(6000);
});
