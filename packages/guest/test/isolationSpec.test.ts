// The isolation spec of a container: masked paths, devices, propagation, sysctl and so on.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  guest.runContainer(`s${++count}`, ['sh', '-c', script], options, around);
const refused = async (around: ProcessOptions, options: ProcessOptions = {}) =>
  (await guest.container(`s${++count}`, ['true'], options, around)).answer.error;

const proc = { destination: '/proc', type: 'proc', source: 'proc' };

describe('maskedPaths', () => {
  it('read as nothing: files are empty, directories too', async () => {
    await mkdir(join(guest.rootfs, 'secret', 'dir'), { recursive: true });
    await writeFile(join(guest.rootfs, 'secret', 'file'), 'secret');
    await symlink('/secret/file', join(guest.rootfs, 'secret-link'));
    const maskedPaths = ['/secret/file', '/secret/dir', '/proc/version', '/not/there', '/secret/file/not/there'];
    const { out, err } = await run(
      'cat /secret/file /secret-link /proc/version; ls -a /secret/dir; echo x > /secret/dir/x',
      {},
      { maskedPaths },
    );
    expect(out.split('\n').filter(Boolean)).toEqual(['.', '..']);
    expect(err).toContain('Read-only file system');
  });

  it.each([['x'], [[1]], [{}]])('that are no list of strings are refused: %j', async (maskedPaths) => {
    expect((await refused({ maskedPaths })).code).toBe('INVALID');
  });
});

describe('readonlyPaths', () => {
  it('can be read and not written', async () => {
    await mkdir(join(guest.rootfs, 'kept'), { recursive: true });
    await writeFile(join(guest.rootfs, 'kept', 'file'), 'kept');
    const readonlyPaths = ['/kept', '/proc/sys', '/not/there'];
    const script = 'cat /kept/file; echo x > /kept/new; echo x > /proc/sys/kernel/hostname; echo x > /bin/free';
    const { out, err } = await run(script, {}, { readonlyPaths });
    expect(out).toBe('kept');
    expect(err.match(/Read-only file system/g)?.length).toBe(2);
  });

  it('may hold masked ones', async () => {
    const around = { readonlyPaths: ['/proc/sys'], maskedPaths: ['/proc/sys/kernel/hostname'] };
    expect((await run('cat /proc/sys/kernel/hostname', {}, around)).out).toBe('');
  });
});

describe('mount options', () => {
  const mountsOf = async (mount: object) =>
    (await run('cat /proc/self/mountinfo', {}, { mounts: [proc, mount] })).out.split('\n');

  it.each([
    ['shared', /shared:/],
    ['rshared', /shared:/],
    ['unbindable', /unbindable/],
    ['private', /^[^:]*:[^:]*$/],
    ['rslave', /^[^:]*:[^:]*$/],
  ])('%s is the propagation', async (option, expected) => {
    const mount = { destination: '/x', type: 'tmpfs', options: [option] };
    expect((await mountsOf(mount)).find((line) => line.includes(' /x '))).toMatch(expected);
  });

  it('rro makes all that is bound read-only, ro only the top', async () => {
    const mounts = [
      proc,
      { destination: '/r1', type: 'tmpfs' },
      { destination: '/r1/sub', type: 'tmpfs', options: ['rro'] },
      { destination: '/r2', type: 'tmpfs', options: ['ro'] },
    ];
    const { err } = await run('echo x > /r1/x; echo x > /r1/sub/x; echo x > /r2/x', {}, { mounts });
    expect(err.match(/Read-only file system/g)?.length).toBe(2);
  });

  it('tmpcopyup begins with what it covers, and ro comes after', async () => {
    const dir = join(guest.rootfs, 'covered');
    await mkdir(join(dir, 'deep', 'er'), { recursive: true, mode: 0o750 });
    await writeFile(join(dir, 'deep', 'file'), 'below'.repeat(10_000), { mode: 0o640 });
    await symlink('deep/file', join(dir, 'link'));
    const mounts = [
      proc,
      { destination: '/covered', type: 'tmpfs', options: ['ro', 'tmpcopyup'] },
      { destination: '/covered-not', type: 'tmpfs', options: ['tmpcopyup'] },
    ];
    const script = 'cat /covered/link | wc -c; ls -l /covered/deep; echo x > /covered/x; echo x > /covered-not/x';
    const { out, err } = await run(script, {}, { mounts });
    expect(out).toMatch(/^50000$/m);
    expect(out).toMatch(/^-rw-r----- .* file$/m);
    expect(out).toMatch(/^drwx.* er$/m);
    expect(err.match(/Read-only file system/g)?.length).toBe(1);
  });
});

describe('rootfsPropagation', () => {
  it('is that of the root', async () => {
    const rootLine = async (rootfsPropagation: string) => {
      const { out } = await run('cat /proc/self/mountinfo', {}, { rootfsPropagation });
      return out.split('\n').find((line) => line.split(' ')[4] === '/');
    };
    expect(await rootLine('shared')).toMatch(/ shared:/);
    expect(await rootLine('unbindable')).toMatch(/ unbindable /);
    expect(await rootLine('private')).not.toMatch(/shared:|unbindable/);
    expect((await refused({ rootfsPropagation: 'wide' })).code).toBe('INVALID');
  });
});

describe('devices', () => {
  it('are made with their kind, numbers, mode and owner, whether the kernel knows them or not', async () => {
    const devices = [
      { path: '/dev/fuse', type: 'c', major: 10, minor: 229, mode: 0o600, uid: 5, gid: 6 },
      { path: '/dev/deep/disk', type: 'b', major: 500, minor: 7, mode: 0o660 },
      { path: '/dev/pipe', type: 'p', mode: 0o622 },
      { path: '/dev/null', type: 'c', major: 1, minor: 3, mode: 0o600 },
      { path: '/dev/unbuffered', type: 'u', major: 1, minor: 5 },
    ];
    const { out } = await run(
      'cd /dev; ls -ln fuse deep/disk pipe null; head -c 2 unbuffered | wc -c',
      {},
      { devices },
    );
    expect(out).toMatch(/^crw------- +1 5 +6 +10, 229 .* fuse$/m);
    expect(out).toMatch(/^brw-rw---- +1 0 +0 +500, +7 .* deep\/disk$/m);
    expect(out).toMatch(/^prw--w--w- .* pipe$/m);
    expect(out).toMatch(/^crw------- .* null$/m);
    expect(out).toMatch(/^2$/m);
  });

  it.each([
    [{ type: 'c' }],
    [{ path: 'dev/x', type: 'c' }],
    [{ path: '/dev/x/', type: 'c' }],
    [{ path: '/dev/x', type: 'z' }],
    [{ path: '/dev/x', type: 'c', major: -1 }],
  ])('that make no sense are refused: %j', async (device) => {
    expect((await refused({ devices: [device] })).code).toBe('INVALID');
  });

  it('are there in a read-only /dev', async () => {
    const mounts = [proc, { destination: '/dev', type: 'tmpfs', options: ['ro', 'mode=755'] }];
    const { out, err } = await run('echo fine > /dev/null && echo fine; echo x > /dev/x', {}, { mounts });
    expect(out).toBe('fine\n');
    expect(err).toContain('Read-only file system');
  });
});

describe('the kernel’s parameters', () => {
  it('are set in the namespaces of the container', async () => {
    const sysctl = { 'kernel.msgmax': '4321', 'fs.mqueue.msg_max': '33' };
    const { out } = await run('cat /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max', {}, { sysctl });
    expect(out).toBe('4321\n33\n');
    expect((await run('cat /proc/sys/kernel/msgmax')).out).not.toBe('4321\n');
  });

  it.each([
    [{ 'kernel.nothing': '1' }, 'INVALID'],
    [{ '../../etc': '1' }, 'INVALID'],
    [{ 'kernel.msgmax': 'x' }, 'EINVAL'],
    [{ 'kernel.msgmax': 1 }, 'INVALID'],
  ])('that cannot be set are refused: %j', async (sysctl, expected) => {
    expect((await refused({ sysctl })).code).toBe(expected);
  });

  it('the domain name is one of them', async () => {
    expect((await run('cat /proc/sys/kernel/domainname', {}, { domainname: 'example' })).out).toBe('example\n');
  });
});

describe('a process', () => {
  it('has its umask, personality and priorities', async () => {
    const options = {
      umask: 0o27,
      personality: 8,
      ioPriority: { class: 2, priority: 6 },
      scheduler: { policy: 3, nice: 7 },
    };
    const { out } = await run('umask; cat /proc/self/personality /proc/self/stat', options);
    const [umask, personality, stat = ''] = out.split('\n');
    expect([umask, personality]).toEqual(['0027', '00000008']);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    expect([fields[16], fields[38]]).toEqual(['7', '3']);
  });

  // Allows all but umask(2), which fails with EPERM.
  const words = [
    [0x20, 0, 0, 0],
    [0x15, 0, 1, 95],
    [0x06, 0, 0, 0x50001],
    [0x06, 0, 0, 0x7fff0000],
  ];
  const program = Buffer.concat(
    words.map(([code = 0, jt = 0, jf = 0, k = 0]) => {
      const instruction = Buffer.alloc(8);
      instruction.writeUInt16LE(code, 0);
      instruction.writeUInt8(jt, 2);
      instruction.writeUInt8(jf, 3);
      instruction.writeUInt32LE(k, 4);
      return instruction;
    }),
  ).toString('base64');

  it.each([true, false])('has its seccomp filter, with noNewPrivileges %j', async (noNewPrivileges) => {
    const { out } = await run('cat /proc/self/status', { seccomp: { program }, noNewPrivileges });
    expect(out).toMatch(/^Seccomp:\t2$/m);
    expect((await run('cat /proc/self/status')).out).toMatch(/^Seccomp:\t0$/m);
  });

  it.each([
    [{ program: '' }, 'INVALID'],
    [{ program: '!!!!' }, 'INVALID'],
    [{ program: 'AAAA' }, 'INVALID'],
    [{ program: 'AAAAAAAAAAA=' }, 'EINVAL'],
    [{}, 'INVALID'],
  ])('is refused with a filter that is none: %j', async (seccomp, expected) => {
    expect((await refused({}, { seccomp })).code).toBe(expected);
  });
});
