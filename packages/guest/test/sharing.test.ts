// Namespaces that containers of a pod share, and hooks that run in them.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { code } from './support/frames.ts';
import { buildHostProgram, type ProcessOptions, TestGuest } from './support/testGuest.ts';

let guest: TestGuest;
beforeAll(async () => {
  await buildHostProgram();
  guest = await TestGuest.start();
}, 300_000);
afterAll(async () => {
  await guest.stop();
  await guest[Symbol.asyncDispose]();
});

let count = 0;
const run = (script: string, options: ProcessOptions = {}, around: ProcessOptions = {}) =>
  guest.runContainer(`n${++count}`, ['sh', '-c', script], options, around);
const refused = async (around: ProcessOptions, options: ProcessOptions = {}) =>
  (await guest.container(`n${++count}`, ['true'], options, around)).answer.error;

describe('a container', () => {
  const look = 'for type in pid ipc uts; do readlink /proc/self/ns/$type; done';

  it('is in the namespaces of another one where it is to be, with its execs', async () => {
    await guest.container('owner', ['sleep', '1000'], {}, { hostname: 'owner' });
    const owners = (await guest.runExec('owner', 'look', ['sh', '-c', look])).out;
    const shared = { pid: 'owner', ipc: 'owner', uts: 'owner' };
    expect((await run(`${look}; cat /proc/sys/kernel/hostname`, {}, { shared })).out).toBe(`${owners}owner\n`);
    expect((await run(look)).out.split('\n')).not.toContain(owners.split('\n')[0]);
    await guest.container('member', ['sleep', '1000'], {}, { shared: { pid: 'owner' } });
    const seen = (await guest.runExec('member', 'look', ['ps', '-o', 'args'])).out;
    expect(seen.match(/^sleep 1000$/gm)?.length).toBe(2);
    expect((await guest.runExec('member', 'type', ['readlink', '/proc/self/ns/uts'])).out).not.toBe(
      owners.split('\n')[2],
    );
    await guest.call(code.KILLCONTAINER, { container: 'owner', signal: 9 });
    expect(await guest.exit('owner')).toBe(137);
    expect(await guest.exit('member')).toBe(137);
  });

  it('is in the guest’s own where no container is named', async () => {
    const { out } = await run(`${look}; ls -d /proc/1`, {}, { shared: { pid: '', ipc: '', uts: '' } });
    const beside = await guest.runExec('hyperstart', `beside-${count}`, ['/bin/sh', '-c', look]);
    expect(out).toBe(`${beside.out}/proc/1\n`);
  });

  it.each([
    [{ pid: 'nobody' }, 'NOTFOUND'],
    [{ ipc: 1 }, 'INVALID'],
  ])('is refused where that cannot be: %j', async (shared, expected) => {
    expect((await refused({ shared })).code).toBe(expected);
  });
});

describe('startContainer hooks', () => {
  const hook = (script: string, more: object = {}) => ({ path: '/bin/sh', args: ['sh', '-c', script], ...more });
  const around = (...startContainer: object[]) => ({ hooks: { startContainer }, state: '{"id":"x","bundle":"/b"}' });

  it('run in the container, in their order, with its state, before its program', async () => {
    const hooks = around(
      hook('cat > /state; echo "$NAME" > /name', { env: ['PATH=/bin', 'NAME=value'] }),
      hook('cat /name /state > /both', { env: ['PATH=/bin'], timeout: 10 }),
    );
    const { out } = await run('cat /both', {}, hooks);
    expect(out).toBe('value\n{"pid":1,"id":"x","bundle":"/b"}');
  });

  it('run when a created container is started, and not before', async () => {
    const hooks = around(hook(': > /started', { env: ['PATH=/bin'] }));
    await guest.container('created', ['true'], {}, { ...hooks, hold: true });
    const marker = join(guest.rootfs, 'started');
    await expect(readFile(marker)).rejects.toThrow();
    await guest.call(code.STARTCONTAINER, { id: 'created' });
    expect(await guest.exit('created')).toBe(0);
    expect(await readFile(marker, 'utf8')).toBe('');
  });

  it.each([
    [hook('echo no >&2; exit 3'), 'HOOK', 'the startContainer hook "/bin/sh" ended with status 3: no'],
    [hook('kill -9 $$'), 'HOOK', 'the startContainer hook "/bin/sh" was killed by signal 9'],
    [hook('while :; do :; done', { timeout: 1 }), 'HOOK', /took longer than its 1 s$/],
    [{ path: '/nothing' }, 'HOOK', 'the startContainer hook "/nothing": No such file or directory'],
    [{ path: 'relative' }, 'INVALID', /absolute/],
    [{ path: '/bin/sh', timeout: 0 }, 'INVALID', /timeout/],
    ['hook', 'INVALID', /object/],
  ])('that fail are why the container is not there: %j', async (startContainer, expected, message) => {
    const error = await refused(around(startContainer as object));
    expect(error).toEqual({
      code: expected,
      message: message instanceof RegExp ? expect.stringMatching(message) : message,
    });
  });
});
