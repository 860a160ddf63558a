import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
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
  guest.runContainer(`c${++count}`, ['sh', '-c', script], options, around);
const refused = async (around: ProcessOptions, options: ProcessOptions = {}) =>
  (await guest.container(`c${++count}`, ['true'], options, around)).answer.error;

describe('a user', () => {
  it('has the ids and groups it was given, and no other', async () => {
    const { out } = await run('id -u; id -g; id -G', { uid: 1000, gid: 1001, additionalGids: [5, 6] });
    expect(out).toBe('1000\n1001\n1001 5 6\n');
    expect((await run('id -G')).out).toBe('0\n');
  });

  it('may open its stdout again', async () => {
    expect((await run('echo again > /dev/stdout', { uid: 1000 })).out).toBe('again\n');
  });

  it('that is not root has no capabilities unless it is given some', async () => {
    const { out } = await run('cat /proc/self/status', { uid: 1000 });
    expect(out).toMatch(/^CapEff:\t0+$/m);
  });
});

describe('capabilities', () => {
  it('are the five sets that were given', async () => {
    const capabilities = {
      bounding: ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_RAW'],
      effective: ['CAP_CHOWN'],
      inheritable: ['CAP_CHOWN', 'CAP_KILL'],
      permitted: ['CAP_CHOWN', 'CAP_KILL'],
      ambient: ['CAP_CHOWN'],
    };
    const { out } = await run('cat /proc/self/status', { uid: 1000, capabilities });
    expect(out).toMatch(/^CapBnd:\t0+2021$/m);
    expect(out).toMatch(/^CapInh:\t0+21$/m);
    expect(out).toMatch(/^CapPrm:\t0+1$/m);
    expect(out).toMatch(/^CapEff:\t0+1$/m);
    expect(out).toMatch(/^CapAmb:\t0+1$/m);
  });

  it('of root are bounded', async () => {
    const all = ['CAP_CHOWN', 'CAP_SETUID'];
    const { out } = await run('cat /proc/self/status', {
      capabilities: { bounding: all, effective: all, permitted: all },
    });
    expect(out).toMatch(/^CapEff:\t0+81$/m);
  });

  it('that do not exist are refused by name', async () => {
    const error = await refused({}, { capabilities: { bounding: ['CAP_FLY'] } });
    expect(error).toEqual({ code: 'INVALID', message: 'bounding: there is no capability "CAP_FLY"' });
  });
});

describe('limits', () => {
  it('are set', async () => {
    const rlimits = [
      { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
    ];
    const { out } = await run('cat /proc/self/limits', { rlimits });
    expect(out).toMatch(/^Max open files +100 +200 /m);
    expect(out).toMatch(/^Max core file size +0 +0 /m);
  });

  it('are not those of PID 1', async () => {
    expect((await run('cat /proc/self/limits')).out).toMatch(/^Max open files +1024 +\d+ /m);
  });

  it.each([
    [{ type: 'RLIMIT_FUN', soft: 1, hard: 1 }, 'there is no limit "RLIMIT_FUN"'],
    [{ type: 'RLIMIT_CORE', soft: 2, hard: 1 }, 'RLIMIT_CORE: the soft limit 2 is above the hard one, 1'],
  ])('that make no sense are refused: %j', async (limit, message) => {
    expect(await refused({}, { rlimits: [limit] })).toEqual({ code: 'INVALID', message });
  });

  it('no_new_privs and oom_score_adj are set', async () => {
    const { out } = await run('cat /proc/self/status /proc/self/oom_score_adj', {
      noNewPrivileges: true,
      oomScoreAdj: 321,
    });
    expect(out).toMatch(/^NoNewPrivs:\t1$/m);
    expect(out).toMatch(/^321$/m);
    expect((await run('cat /proc/self/status')).out).toMatch(/^NoNewPrivs:\t0$/m);
  });
});

describe('the root', () => {
  it('has the devices and links that programs expect', async () => {
    const script =
      'ls /dev; echo x > /dev/null && head -c 3 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c; echo 1 > /dev/full';
    const { out, err } = await run(script);
    expect(out.trim().split('\n').slice(0, -2).sort()).toEqual(
      [
        'fd',
        'full',
        'mqueue',
        'null',
        'ptmx',
        'pts',
        'random',
        'shm',
        'stderr',
        'stdin',
        'stdout',
        'tty',
        'urandom',
        'zero',
      ].sort(),
    );
    expect(out.trim().split('\n').slice(-2)).toEqual(['3', '4']);
    expect(err).toContain('No space left');
  });

  it('shows nothing of the old one', async () => {
    const { out } = await run('cat /proc/self/mountinfo');
    for (const line of out.trim().split('\n')) {
      expect(line.split(' ')[4]).toMatch(/^\/$|^\/(proc|sys|dev)(\/|$)/);
    }
  });

  it('is read-only when asked, but not what is mounted in it', async () => {
    const { out, err, status } = await run(
      'echo a > /dev/shm/a && cat /dev/shm/a; echo b > /b',
      {},
      { readonly: true },
    );
    expect(out).toBe('a\n');
    expect(err).toContain('Read-only file system');
    expect(status).not.toBe(0);
    expect((await run('echo b > /b && echo fine')).out).toBe('fine\n');
  });

  it('does not carry its mounts to the surroundings', async () => {
    const before = await readFile('/proc/self/mountinfo', 'utf8');
    await run('true');
    expect(await readFile('/proc/self/mountinfo', 'utf8')).toBe(before);
  });
});

describe('mounts', () => {
  const proc = { destination: '/proc', type: 'proc', source: 'proc' };

  it('are the given ones and no others', async () => {
    const { out } = await run(
      'ls /proc/self/fd > /dev/null && mount',
      {},
      {
        mounts: [
          proc,
          { destination: '/x/y', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'nosuid', 'size=64k', 'mode=700'] },
        ],
      },
    );
    const lines = out.trim().split('\n');
    expect(lines.length).toBe(3);
    expect(lines[2]).toMatch(/^tmpfs on \/x\/y type tmpfs \(ro,nosuid,relatime,size=64k,mode=700/);
  });

  it('that are a tmpfs have the mode of the directory that they cover, unless their options name one', async () => {
    for (const [name, mode] of [
      ['private', 0o700],
      ['named', 0o700],
    ] as const)
      await mkdir(join(guest.rootfs, name), { mode });
    const tmpfs = { type: 'tmpfs', source: 'tmpfs' };
    const mounts = [
      { ...tmpfs, destination: '/private', options: ['size=64k'] },
      { ...tmpfs, destination: '/named', options: ['mode=1775'] },
      { ...tmpfs, destination: '/new' },
    ];
    expect((await run('stat -c %a /private /named /new', {}, { mounts })).out).toBe('700\n1775\n1777\n');
  });

  it('bind directories and files from under the share, read-only where asked', async () => {
    await mkdir(join(guest.dir, 'share', 'volumes', 'data'), { recursive: true });
    await writeFile(join(guest.dir, 'share', 'volumes', 'data', 'file'), 'content');
    const mounts = [
      proc,
      { destination: '/data', type: 'bind', source: 'volumes/data', options: ['rbind', 'rw'] },
      { destination: '/data-ro', type: 'bind', source: 'volumes/data', options: ['bind', 'ro', 'rprivate'] },
      { destination: '/etc/one/file', type: 'bind', source: '/volumes/data/file', options: ['bind'] },
    ];
    const { out, err } = await run(
      'cat /data/file /etc/one/file; echo more > /data/new; echo no > /data-ro/new',
      {},
      { mounts },
    );
    expect(out).toBe('contentcontent');
    expect(err).toContain('Read-only file system');
    expect(await readFile(join(guest.dir, 'share', 'volumes', 'data', 'new'), 'utf8')).toBe('more\n');
  });

  it('follow a link in the image inside the root, also one to nothing', async () => {
    await symlink('/run-elsewhere/deep', join(guest.rootfs, 'linked'));
    const { out } = await run(
      'cat /proc/self/mountinfo',
      {},
      { mounts: [proc, { destination: '/linked', type: 'tmpfs', source: 'tmpfs' }] },
    );
    expect(out).toContain(' /run-elsewhere/deep ');
    expect((await stat(join(guest.rootfs, 'run-elsewhere', 'deep'))).isDirectory()).toBe(true);
    await expect(stat('/run-elsewhere')).rejects.toThrow();
  });

  it('cannot leave the root by links or dots', async () => {
    await rm(join(guest.rootfs, 'escape'), { force: true });
    await symlink(`../../../../../../../../..${guest.dir}/outside`, join(guest.rootfs, 'escape'));
    await mkdir(join(guest.dir, 'outside'));
    const mounts = [
      proc,
      { destination: '/escape/a', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/../../../../../../etc-escape', type: 'tmpfs', source: 'tmpfs' },
    ];
    const { out } = await run('cat /proc/self/mountinfo', {}, { mounts });
    expect(out).toContain(` ${guest.dir}/outside/a `);
    await expect(stat(join(guest.dir, 'outside', 'a'))).rejects.toThrow();
    await expect(stat('/etc-escape')).rejects.toThrow();
    expect((await stat(join(guest.rootfs, 'etc-escape'))).isDirectory()).toBe(true);
  });

  it('cannot take a source from outside the share', async () => {
    const error = await refused({
      mounts: [proc, { destination: '/h', type: 'bind', source: '../../../../etc/hostname' }],
    });
    expect(error).toEqual({
      code: 'ENOENT',
      message: 'the source "../../../../etc/hostname" of a bind mount: No such file or directory',
    });
  });

  it.each([
    [[{ destination: '/x', type: 'nofs', source: 'x' }], 'ENODEV'],
    [[{ destination: 'relative', type: 'tmpfs' }], 'INVALID'],
    [[{ type: 'tmpfs' }], 'INVALID'],
    [[{ destination: '/x', type: 'tmpfs', options: ['x'.repeat(5000)] }], 'INVALID'],
    [[{ destination: '/x', type: 'tmpfs', options: [1] }], 'INVALID'],
    ['none', 'INVALID'],
  ])('that fail say so: %j', async (mounts, expected) => {
    expect((await refused({ mounts })).code).toBe(expected);
  });

  it('work without /proc, /dev/pts and the rest', async () => {
    const { out } = await run('echo bare', {}, { mounts: [] });
    expect(out).toBe('bare\n');
    const tty = await run('echo tty', { terminal: true }, { mounts: [] });
    expect(tty.out).toBe('tty\r\n');
    expect((await guest.call(code.PING)).ok).toBe(true);
  });
});
