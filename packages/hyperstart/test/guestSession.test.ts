import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GuestSession } from '../src/index.ts';
import { buildGuest, HostGuest } from './support/hostGuest.ts';
import { containerSpec, outcome, processSpec, sh } from './support/specs.ts';

beforeAll(buildGuest, 300_000);

describe.each([
  ['the extended protocol', true],
  ['the base protocol', false],
])('a session in %s', (_, negotiate) => {
  let guest: HostGuest;
  let session: GuestSession;
  beforeAll(async () => {
    guest = await HostGuest.open({ negotiate });
    session = (guest as HostGuest & { session: GuestSession }).session;
  });
  afterAll(async () => {
    await session.destroyPod();
    await guest.endedWell();
    await guest[Symbol.asyncDispose]();
  });

  test('runs a container: its stdin, stdout, stderr and status', async () => {
    const process = await session.newContainer(containerSpec('all', sh('cat; echo wrong >&2; exit 3')));
    expect(process.pid).toBeGreaterThan(0);
    process.stdio.write('through the guest');
    expect(await outcome(process)).toEqual({ stdout: 'through the guest', stderr: 'wrong\n', status: 3 });
    await session.removeContainer('all');
  });

  test('waits for CPUs and memory for as long as its signal says, and does everything else meanwhile', async () => {
    await session.onlineCpuMem({ cpus: 1, addedMemoryMiB: 0 });
    if (!session.guest.extended) return;
    const stop = new AbortController();
    const waiting = session.onlineCpuMem({ cpus: 1_000_000, addedMemoryMiB: 0 }, stop.signal);
    await session.ping();
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await session.ping();
  });

  test('a guest that cannot set a network up says so', async () => {
    if (!session.guest.extended) return;
    // The host's network is none of this guest's, which runs on the host.
    const mac = '02:00:00:00:00:01';
    const spec = { device: mac, mac, name: 'eth0', mtu: 1500, addresses: [] };
    const refused = { code: 'REFUSED', guestCode: 'INVALID', message: 'this guest does not set up networks' };
    await expect(session.network.setupInterface(spec)).rejects.toMatchObject(refused);
    await expect(session.network.setupRoutes([])).rejects.toMatchObject(refused);
    await expect(session.network.deleteInterface(mac)).rejects.toMatchObject(refused);
  });

  test.each([
    ['exit 0', 0],
    ['exit 255', 255],
    ['kill -9 $$', 137],
    ['kill -6 $$', 134],
  ])('says how a program ended: %s', async (script, status) => {
    const init = await session.newContainer(containerSpec('status', ['cat']));
    const exec = await session.exec('status', processSpec('e', sh(script)));
    expect((await outcome(exec)).status).toBe(status);
    init.stdio.end();
    expect(await init.exited).toBe(0);
    await session.removeContainer('status');
  });

  test('runs execs beside each other, each with its own streams and status', async () => {
    const init = await session.newContainer(containerSpec('execs', ['cat']));
    const numbers = Array.from({ length: 10 }, (_unused, index) => index);
    const outcomes = await Promise.all(
      numbers.map(async (n) =>
        outcome(await session.exec('execs', processSpec(`e${n}`, sh(`echo ${n}; echo ${n}x >&2; exit ${n}`)))),
      ),
    );
    expect(outcomes).toEqual(numbers.map((n) => ({ stdout: `${n}\n`, stderr: `${n}x\n`, status: n })));
    init.stdio.end();
    await init.exited;
    await session.removeContainer('execs');
  });

  test('passes on environment, arguments and working directory', async () => {
    const args = ['sh', '-c', 'echo "$VALUE|$EMPTY|$1|$PWD"', 'sh', 'an "argument"\\'];
    const env = ['PATH=/bin', 'VALUE=a=b', 'EMPTY='];
    const process = await session.newContainer(containerSpec('env', args, { process: { env, cwd: '/tmp/deep' } }));
    expect((await outcome(process)).stdout).toBe('a=b||an "argument"\\|/tmp/deep\n');
    await session.removeContainer('env');
  });

  test('kills an init by a signal', async () => {
    const process = await session.newContainer(containerSpec('killed', ['sleep', '1000']));
    await session.signal('killed', 'init', 9);
    expect(await process.exited).toBe(137);
    await session.removeContainer('killed');
  });

  test('says which program is missing, and that nothing of the container is left', async () => {
    const failed = session.newContainer(containerSpec('missing', ['no-such-program']));
    await expect(failed).rejects.toMatchObject({
      code: 'NO_COMMAND',
      guestCode: 'NOCOMMAND',
      message: expect.stringContaining('no-such-program'),
    });
    expect((await outcome(await session.newContainer(containerSpec('missing', ['true'])))).status).toBe(0);
    await session.removeContainer('missing');
  });

  test('refuses a process whose name is taken, without harm to the one that has it', async () => {
    const init = await session.newContainer(containerSpec('taken', ['cat']));
    const refused = { code: 'REFUSED', guestCode: 'EXISTS' };
    await expect(session.exec('taken', processSpec('init', ['true']))).rejects.toMatchObject(refused);
    await expect(session.newContainer(containerSpec('taken', ['true']))).rejects.toMatchObject(refused);
    init.stdio.end('still here');
    expect(await outcome(init)).toEqual({ stdout: 'still here', stderr: '', status: 0 });
    await session.removeContainer('taken');
  });

  test('removes a container only when its processes have ended, and only once', async () => {
    const process = await session.newContainer(containerSpec('removed', ['cat']));
    await expect(session.removeContainer('removed')).rejects.toMatchObject({ code: 'REFUSED', guestCode: 'EBUSY' });
    process.stdio.end();
    await process.exited;
    await session.removeContainer('removed');
    await expect(session.removeContainer('removed')).rejects.toMatchObject({ guestCode: 'NOTFOUND' });
  });

  test('refuses to signal, or to add to, a container that is not there', async () => {
    await expect(session.signal('nobody', 'init', 9)).rejects.toMatchObject({ guestCode: 'NOTFOUND' });
    await expect(session.exec('nobody', processSpec('e', ['true']))).rejects.toMatchObject({ code: 'REFUSED' });
  });

  test('gives a terminal, resizes it, and refuses where there is none', async () => {
    const script = 'echo ready; read line; stty size; read line';
    const init = await session.newContainer(containerSpec('tty', sh(script), { process: { terminal: true } }));
    expect(init.stderr).toBeUndefined();
    let said = '';
    init.stdio.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await expect.poll(() => said).toContain('ready\r\n');
    await init.resize(40, 132);
    init.stdio.write('\n');
    await expect.poll(() => said).toContain('40 132\r\n');
    const plain = await session.exec('tty', processSpec('plain', ['cat']));
    await expect(plain.resize(1, 1)).rejects.toMatchObject({ code: 'REFUSED' });
    plain.stdio.end();
    await plain.exited;
    init.stdio.write('\n');
    expect(await init.exited).toBe(0);
    await session.removeContainer('tty');
  });
});

describe('a session in the extended protocol', () => {
  let guest: HostGuest & { readonly session: GuestSession };
  let session: GuestSession;
  beforeAll(async () => {
    guest = await HostGuest.open();
    session = guest.session;
  });
  afterAll(async () => {
    await session.destroyPod();
    await guest.endedWell();
    await guest[Symbol.asyncDispose]();
  });

  test('signals an exec', async () => {
    const init = await session.newContainer(containerSpec('signals', ['cat']));
    const exec = await session.exec(
      'signals',
      processSpec('e', sh('trap "exit 7" USR1; echo ready; while :; do sleep 0.01; done')),
    );
    await once(exec.stdio, 'data');
    await session.signal('signals', 'e', 10);
    expect(await exec.exited).toBe(7);
    await expect(session.signal('signals', 'e', 10)).rejects.toMatchObject({ guestCode: 'NOTFOUND' });
    init.stdio.end();
    await init.exited;
    await session.removeContainer('signals');
  });

  test('keeps a container created until it is started', async () => {
    const process = await session.newContainer(containerSpec('created', sh('echo ran > /ran'), { created: true }));
    expect(process.pid).toBeGreaterThan(0);
    await expect(readFile(join(guest.rootfs, 'ran'))).rejects.toMatchObject({ code: 'ENOENT' });
    await session.startContainer('created');
    expect(await process.exited).toBe(0);
    expect(await readFile(join(guest.rootfs, 'ran'), 'utf8')).toBe('ran\n');
    await expect(session.startContainer('created')).rejects.toMatchObject({ code: 'REFUSED' });
    await session.removeContainer('created');
  });

  test('ends a created container by a signal, and reports it', async () => {
    const process = await session.newContainer(containerSpec('killed', ['true'], { created: true }));
    await session.signal('killed', 'init', 9);
    expect(await process.exited).toBe(137);
    await session.removeContainer('killed');
  });

  test('a start that fails ends the process: its streams, its exit, its name', async () => {
    await writeFile(join(guest.rootfs, 'bin/damaged'), '\x7fELF but no program', { mode: 0o755 });
    const process = await session.newContainer(containerSpec('damaged', ['damaged'], { created: true }));
    const failure = await session.startContainer('damaged').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: expect.stringMatching(/REFUSED|NO_COMMAND/) });
    await expect(process.exited).rejects.toBe(failure);
    process.stdio.resume();
    await once(process.stdio, 'end');
    expect((await outcome(await session.newContainer(containerSpec('damaged', ['true'])))).status).toBe(0);
    await session.removeContainer('damaged');
  });

  test('runs as another user, without privileges, with limits beyond what a double holds', async () => {
    const spec = containerSpec('user', sh('id -u; id -g; ulimit -n; ulimit -f; grep NoNewPrivs /proc/self/status'), {
      process: {
        uid: 1000,
        gid: 1001,
        additionalGids: [5],
        noNewPrivileges: true,
        rlimits: [
          { type: 'RLIMIT_NOFILE', soft: 100, hard: 200n },
          { type: 'RLIMIT_FSIZE', soft: 2n ** 64n - 1n, hard: 2n ** 64n - 1n },
        ],
      },
    });
    const { stdout } = await outcome(await session.newContainer(spec));
    expect(stdout.split('\n')).toEqual(['1000', '1001', '100', 'unlimited', 'NoNewPrivs:\t1', '']);
    await session.removeContainer('user');
  });

  test('binds what is in the share, and can make the root read-only', async () => {
    await mkdir(join(guest.dir, 'share/volume'));
    await mkdir(join(guest.rootfs, 'proc'), { recursive: true });
    await mkdir(join(guest.rootfs, 'volume'));
    const mounts = [{ destination: '/volume', type: 'bind', source: 'volume', options: ['rw'] }];
    const spec = containerSpec('mounts', sh('echo kept > /volume/file; touch /file'), { mounts, readonly: true });
    const { stderr, status } = await outcome(await session.newContainer(spec));
    expect({ stderr, status }).toEqual({ stderr: expect.stringContaining('Read-only'), status: 1 });
    expect(await readFile(join(guest.dir, 'share/volume/file'), 'utf8')).toBe('kept\n');
    await session.removeContainer('mounts');
  });

  test('carries 1 MB of environment', async () => {
    const env = ['PATH=/bin', ...Array.from({ length: 1000 }, (_, n) => `V${n}=${'v'.repeat(1000)}`)];
    const process = await session.newContainer(containerSpec('large', sh('env | grep -c ^V'), { process: { env } }));
    expect((await outcome(process)).stdout).toBe('1000\n');
    await session.removeContainer('large');
  });

  test('refuses a message beyond 8 MiB before it is sent', async () => {
    const args = ['echo', 'x'.repeat(9 << 20)];
    await expect(session.newContainer(containerSpec('huge', args))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('shorten'),
    });
    await session.ping();
  });

  test('gives a call up by its signal, and goes on', async () => {
    const stop = new AbortController();
    const reason = new Error('not needed any more');
    const given = session.newContainer(containerSpec('given', sh('echo late; exec cat')), stop.signal);
    stop.abort(reason);
    await expect(given).rejects.toBe(reason);
    await expect(session.ping(AbortSignal.abort(reason))).rejects.toBe(reason);
    await session.ping();
    // The guest has it all the same, until it was ended and removed.
    await session.takenBack('given', 'init');
    expect((await outcome(await session.newContainer(containerSpec('given', ['true'])))).status).toBe(0);
    await session.removeContainer('given');
  });
});

describe('the end of a session', () => {
  test('a VM that dies ends every stream, exit and call', async () => {
    await using guest = await HostGuest.open();
    const { session } = guest;
    const process = await session.newContainer(containerSpec('c', sh('echo before; exec sleep 1000')));
    const first = await once(process.stdio, 'data');
    expect(String(first[0])).toBe('before\n');
    const ended = Promise.all([once(process.stdio, 'end'), once(process.stderr?.resume() ?? process.stdio, 'end')]);
    await guest.kill();
    await expect(process.exited).rejects.toMatchObject({ code: 'CLOSED' });
    await ended;
    expect(await session.closed).toMatchObject({ code: 'CLOSED' });
    await expect(session.ping()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(session.exec('c', processSpec('e', ['true']))).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('a VM that dies while its stdin is being written harms nobody', async () => {
    await using guest = await HostGuest.open();
    const process = await guest.session.newContainer(containerSpec('c', sh('sleep 1000')));
    process.stdio.on('error', () => {});
    const write = () => setImmediate(() => process.stdio.writable && process.stdio.write(Buffer.alloc(1000), write));
    write();
    await guest.kill();
    await expect(process.exited).rejects.toMatchObject({ code: 'CLOSED' });
    process.stdio.destroy();
  });

  test('disposing it ends what waits, and leaves the guest alone', async () => {
    await using guest = await HostGuest.open();
    const { session } = guest;
    const process = await session.newContainer(containerSpec('c', ['cat']));
    await session[Symbol.asyncDispose]();
    await expect(process.exited).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(session.ping()).rejects.toMatchObject({ code: 'CLOSED', message: expect.stringContaining('closed') });
    expect(guest.control.destroyed).toBe(false);
  });

  test('destroyPod ends every process and the guest', async () => {
    await using guest = await HostGuest.open();
    const process = await guest.session.newContainer(containerSpec('c', ['sleep', '1000']));
    await guest.session.destroyPod();
    expect(await process.exited).toBe(137);
    await guest.endedWell();
    expect((await guest.session.closed).code).toBe('CLOSED');
  });
});
