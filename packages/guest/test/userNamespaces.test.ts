// User namespaces: who a process is in its container, in the guest and on the share.
import { chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { code } from './support/frames.ts';
import { buildHostProgram, type ProcessOptions, TestGuest } from './support/testGuest.ts';

const ROOT = 100_000;
const mappings = [{ containerID: 0, hostID: ROOT, size: 65_536 }];
const userNamespace = { uidMappings: mappings, gidMappings: mappings };

let guest: TestGuest;
beforeAll(async () => {
  await buildHostProgram();
  guest = await TestGuest.start();
  await chown(guest.rootfs, ROOT, ROOT);
  await guest.container('plain', ['sleep', '1000']);
}, 300_000);
afterAll(async () => {
  await guest.stop();
  await guest[Symbol.asyncDispose]();
});

let count = 0;
const run = (script: string, options: ProcessOptions = {}, around: ProcessOptions = {}) =>
  guest.runContainer(`u${++count}`, ['sh', '-c', script], options, { userNamespace, ...around });
const refused = async (around: ProcessOptions) =>
  (await guest.container(`u${++count}`, ['true'], {}, around)).answer.error;

describe('in a user namespace', () => {
  it('a process is who it is to be, and another one in the guest', async () => {
    const { out } = await run('id -u; id -g; id -G; cat /proc/self/uid_map', {
      uid: 7,
      gid: 8,
      additionalGids: [9],
    });
    expect(out.replace(/ +/g, ' ')).toBe('7\n8\n8 9\n 0 100000 65536\n');
    await guest.container('sleeper', ['sleep', '1000'], { uid: 7 }, { userNamespace });
    const { out: seen } = await guest.runExec('hyperstart', 'ps', ['/bin/sh', '-c', 'cat /proc/[0-9]*/status']);
    expect(seen).toMatch(/^Uid:\t100007\t100007\t100007\t100007$/m);
  });

  it('what root makes is the share’s other user’s, and what it finds is seen as its own', async () => {
    await writeFile(join(guest.rootfs, 'outside'), '');
    await mkdir(join(guest.rootfs, 'hers'));
    await chown(join(guest.rootfs, 'hers'), ROOT + 7, ROOT + 7);
    const { out } = await run('touch /made; mkdir /new/; ls -ldn /made /hers /outside');
    expect(out.replace(/ +/g, ' ').match(/ \d+ \d+ \d+ /g)).toEqual([
      expect.stringMatching(/ 7 7 /),
      expect.stringMatching(/ 0 0 /),
      expect.stringMatching(/ 65534 65534 /),
    ]);
    expect(await stat(join(guest.rootfs, 'made'))).toMatchObject({ uid: ROOT, gid: ROOT });
  });

  it('devices, the tmpfs and a workdir that is made are root’s, and a terminal is the user’s', async () => {
    const script = 'ls -ldn /dev/null /dev/shm /work /dev/fuse | while read -r _ _ uid gid _; do echo $uid $gid; done';
    const devices = [{ path: '/dev/fuse', type: 'c', major: 10, minor: 229, uid: 3, gid: 4 }];
    expect((await run(script, { workdir: '/work' }, { devices })).out).toBe('3 4\n0 0\n0 0\n0 0\n');
    const { out } = await run('ls -ln $(tty); echo x > $(tty); echo y > /dev/null', { terminal: true, uid: 7 });
    expect(out.replace(/ +/g, ' ')).toMatch(/^crw--w---- 1 7 5 136, .*\r\nx\r\n$/);
  });

  it('stdout may be opened again, by root and by users', async () => {
    expect((await run('echo again > /dev/stdout', { uid: 1000 })).out).toBe('again\n');
    expect((await run('echo again > /dev/stdout')).out).toBe('again\n');
  });

  it('options of mounts name the container’s users', async () => {
    const mounts = [
      { destination: '/proc', type: 'proc' },
      { destination: '/data', type: 'tmpfs', options: ['uid=5', 'gid=6', 'mode=0700'] },
    ];
    const { out } = await run('ls -ldn /data', {}, { mounts });
    expect(out.replace(/ +/g, ' ')).toMatch(/^drwx------ 2 5 6 /);
    const options = ['uid=70000'];
    const error = await refused({ userNamespace, mounts: [{ destination: '/data', type: 'tmpfs', options }] });
    expect(error).toMatchObject({ code: 'INVALID', message: expect.stringContaining('uid=70000') });
  });

  it('root has its capabilities in the container, and none in the guest', async () => {
    const capabilities = { bounding: ['CAP_SYS_ADMIN'], effective: ['CAP_SYS_ADMIN'], permitted: ['CAP_SYS_ADMIN'] };
    const script = [
      'grep CapEff /proc/self/status',
      'mount -t tmpfs tmpfs /mnt && echo mounted',
      'hostname inside && hostname',
      'umount /proc/keys 2>/dev/null || echo covered',
      'echo 1 > /proc/sys/vm/drop_caches 2>/dev/null || echo no',
    ].join('; ');
    await mkdir(join(guest.rootfs, 'mnt'), { recursive: true });
    for (const name of ['grep', 'hostname', 'umount']) {
      await execa('ln', ['-sf', 'busybox', join(guest.rootfs, 'bin', name)]);
    }
    const { out } = await run(script, { capabilities }, { maskedPaths: ['/proc/keys'], hostname: 'given' });
    expect(out).toBe('CapEff:\t0000000000200000\nmounted\ninside\ncovered\nno\n');
  });

  it('an exec is in it too, with its user', async () => {
    await guest.container('long', ['sleep', '1000'], {}, { userNamespace });
    const look = 'id -u; readlink /proc/self/ns/user; readlink /proc/1/ns/user; touch /by-exec; echo x > /dev/stdout';
    const { out } = await guest.runExec('long', 'look', ['sh', '-c', look]);
    const [uid, own, init, written] = out.split('\n');
    expect([uid, written]).toEqual(['0', 'x']);
    expect(own).toBe(init);
    expect(await stat(join(guest.rootfs, 'by-exec'))).toMatchObject({ uid: ROOT });
    const terminal = await guest.runExec('long', 'tty', ['sh', '-c', 'ls -ln $(tty)'], { terminal: true, uid: 9 });
    expect(terminal.out.replace(/ +/g, ' ')).toMatch(/^crw--w---- 1 9 5 /);
  });

  it('is another container’s where that is named', async () => {
    await guest.container('owner', ['sleep', '1000'], {}, { userNamespace });
    const look = 'for type in user ipc uts; do readlink /proc/self/ns/$type; done; id -u; touch /by-member';
    const owners = (await guest.runExec('owner', 'look', ['sh', '-c', look])).out.split('\n');
    const shared = { user: 'owner' };
    const member = await run(look, {}, { userNamespace: undefined, shared });
    expect(member.out.split('\n')[0]).toBe(owners[0]);
    expect(member.out.split('\n').slice(1, 4)).toEqual([
      expect.not.stringMatching(owners[1] as string),
      expect.not.stringMatching(owners[2] as string),
      '0',
    ]);
    expect(await stat(join(guest.rootfs, 'by-member'))).toMatchObject({ uid: ROOT });
  });

  it.each([
    [{ userNamespace: { uidMappings: mappings } }, /gidMappings/],
    [{ userNamespace: { uidMappings: [], gidMappings: mappings } }, /uidMappings has 0 entries/],
    [{ userNamespace: { uidMappings: [{ containerID: 1, hostID: 1, size: 1 }], gidMappings: mappings } }, /its root/],
    [{ userNamespace: { uidMappings: [{ containerID: 0, hostID: 1 }], gidMappings: mappings } }, /size/],
    [{ userNamespace: { uidMappings: ['x'], gidMappings: mappings } }, /must be an object/],
    [{ userNamespace: { uidMappings: [...mappings, ...mappings], gidMappings: mappings } }, /overlap/],
    [{ shared: { user: 'plain' } }, /no user namespace/],
    [{ shared: { user: 'nobody' } }, /no running container/],
  ])('is refused where that cannot be: %j', async (around, message) => {
    expect((await refused(around)).message).toMatch(message);
  });
});

describe('a pod whose first container has one', () => {
  it('has a network that belongs to it, with the devices that there are and those that come', async () => {
    await using own = await TestGuest.start();
    await chown(own.rootfs, ROOT, ROOT);
    const plugIn = (name: string, address: string) => {
      const args = ['link', 'add', name, 'address', address, 'type', 'veth', 'peer', 'name', `${name}peer`];
      return execa('nsenter', ['-t', String(own.pid), '-n', 'ip', ...args]);
    };
    const device = '02:00:00:00:00:01';
    const second = '02:00:00:00:00:02';
    await plugIn('dev0', device);
    const started = await own.call(code.STARTPOD, { hostname: 'pod', shareDir: 'share_dir', userNamespace: true });
    expect(started.error.message).toBe('');
    const spec = (mac: string, name: string, address: string) => ({
      device: mac,
      mac,
      name,
      mtu: 1400,
      addresses: [{ address, prefix: 24 }],
    });
    const set = await own.call(code.SETUPINTERFACE, spec(device, 'eth0', '10.9.0.2'));
    expect(set.error.message).toBe('');
    // One that is plugged in later: there first, as for a VM.
    const late = own.call(code.SETUPINTERFACE, spec(second, 'eth1', '10.9.1.2'));
    await plugIn('dev1', second);
    expect((await late).error.message).toBe('');

    const capabilities = { bounding: ['CAP_NET_ADMIN'], effective: ['CAP_NET_ADMIN'], permitted: ['CAP_NET_ADMIN'] };
    await execa('ln', ['-sf', 'busybox', join(own.rootfs, 'bin', 'ip')]);
    const script = 'ip -o -4 address; ip address add 10.9.0.3/24 dev eth0 && ip -o -4 address show dev eth0';
    const { out } = await own.runContainer('first', ['sh', '-c', script], { capabilities }, { userNamespace });
    const addresses = [...out.matchAll(/(\S+) +inet (\S+)/g)].map(([, name, address]) => `${name} ${address}`);
    expect(addresses).toEqual([
      'lo 127.0.0.1/8',
      'eth0 10.9.0.2/24',
      'eth1 10.9.1.2/24',
      'eth0 10.9.0.2/24',
      'eth0 10.9.0.3/24',
    ]);
    const other = await own.runContainer('second', ['ip', '-o', '-4', 'address'], {});
    expect(other.out).toContain('10.9.0.3/24');
    await own.stop();
  });
});
