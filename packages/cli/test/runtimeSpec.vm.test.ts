/** What a bundle's properties do in a real guest, through the daemon: docs/oci.md, row by row. */
import { chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bundles, Daemon, exitOf, runContainer, runExec, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeNetns } from './support/netns.ts';

let bundles: Bundles;
let daemon: Daemon;
beforeAll(async () => {
  bundles = await Bundles.make();
  daemon = await Daemon.start();
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await bundles[Symbol.asyncDispose]();
});

let count = 0;
interface Asked {
  readonly process?: object;
  readonly linux?: object;
  readonly spec?: object;
}

/** Runs a script in a container of its own and gives what it said. */
async function said(script: string, { process = {}, linux = {}, spec = {} }: Asked = {}): Promise<string> {
  const id = `spec-${++count}`;
  const args = ['sh', '-c', `exec 2>&1; ${script}`];
  const usual = { terminal: false, user: { uid: 0, gid: 0 }, args, env: ['PATH=/bin'], cwd: '/' };
  const namespaces = ['pid', 'mount', 'ipc', 'uts', 'cgroup'].map((type) => ({ type }));
  const bundlePath = await bundles.bundle({
    args,
    spec: { process: { ...usual, ...process }, linux: { namespaces, ...linux }, ...spec },
  });
  const { stdout } = await runContainer(daemon, id, bundlePath);
  return stdout.toString();
}

test('paths are masked and read-only, the root shared, devices made, parameters set', async () => {
  const linux = {
    maskedPaths: ['/proc/version', '/etc/passwd', '/sys/firmware'],
    readonlyPaths: ['/proc/sys', '/tmp'],
    rootfsPropagation: 'shared',
    devices: [
      { path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o100640, uid: 1, gid: 2 },
      { path: '/made/block', type: 'b', major: 4000, minor: 1 },
    ],
    sysctl: { 'kernel.msgmax': '5000', 'net.ipv4.ip_forward': '1' },
  };
  const script =
    'cat /proc/version /etc/passwd; echo x > /tmp/x; grep -c " / / .*shared:" /proc/self/mountinfo; ls -ln /dev/fuse /made/block; ' +
    'cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/domainname';
  const out = await said(script, { linux, spec: { domainname: 'example' } });
  expect(out).not.toMatch(/Linux version|root:/);
  expect(out).toContain("can't create /tmp/x: Read-only file system");
  expect(out).toMatch(/^crw-r----- +1 1 +2 +10, 229 .* \/dev\/fuse$/m);
  expect(out).toMatch(/^brw-rw-rw- .*4000, +1 .* \/made\/block$/m);
  expect(out).toMatch(/^5000\n1\nexample$/m);
});

test('the network namespace that a bundle names is what its container has, without a shim too', async () => {
  await using netns = await makeNetns('eth7', '10.77.0.2/24');
  const network = { type: 'network', path: netns.path };
  const linux = { namespaces: [...['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })), network] };
  expect(await said('ip address show dev eth7', { linux })).toContain('inet 10.77.0.2/24');
});

test('a network namespace is that of one pod, and can be the next one’s as soon as the pod ends', async () => {
  await using netns = await makeNetns('eth7', '10.77.0.2/24');
  const network = { type: 'network', path: netns.path };
  const linux = { namespaces: [...['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })), network] };
  const bundlePath = await bundles.bundle({ args: ['sleep', '1000'], spec: { linux } });
  await daemon.client.createContainer({ id: 'holder', bundlePath });
  const words = `${netns.path} is the network namespace of pod holder already`;
  await expect(daemon.client.createContainer({ id: 'other', bundlePath })).rejects.toThrow(words);
  // It is as it was.
  expect((await execa('tc', ['-n', netns.name, 'filter', 'show', 'dev', 'eth7', 'ingress'])).stdout).toContain(
    'mirred',
  );
  const exit = await exitOf(daemon.client, 'holder', 'init');
  await daemon.client.signal({ id: 'holder', pid: 'init', signal: 9 });
  expect(await exit()).toBe(137);
  expect(await said('ip address show dev eth7', { linux })).toContain('inet 10.77.0.2/24');
});

test('one file of the host is bound, a tmpfs begins with what it covers, and options are recursive where asked', async () => {
  const dir = join(bundles.dir, 'volume');
  await mkdir(join(dir, 'below'), { recursive: true });
  await writeFile(join(dir, 'file'), 'one file\n');
  const mounts = [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/etc/one', type: 'bind', source: join(dir, 'file'), options: ['bind', 'rro'] },
    { destination: '/volume', source: dir, options: ['rbind', 'ro', 'nosuid'] },
    { destination: '/etc', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup', 'rshared'] },
    { destination: '/queues', type: 'mqueue', source: 'mqueue' },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['ro'] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro'] },
  ];
  const script =
    'cat /etc/passwd /volume/file; echo x > /volume/x; ls /sys/fs/cgroup; cat /proc/self/cgroup; cat /proc/mounts';
  const out = await said(script, { spec: { mounts } });
  expect(out).toMatch(/^root:x:0:0/m);
  expect(out).toMatch(/^one file$/m);
  expect(out).toContain('/volume/x: Read-only file system');
  expect(out).toContain('cgroup.procs');
  expect(out).toMatch(/^0::\/$/m);
  expect(out).toMatch(/ \/volume \w+ ro,(dirsync,)?nosuid/);
});

test('a process has its umask, personality and priorities', async () => {
  const process = {
    user: { uid: 0, gid: 0, umask: 0o27 },
    ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 5 },
    scheduler: { policy: 'SCHED_BATCH', nice: 4 },
  };
  const linux = { personality: { domain: 'LINUX32' } };
  const out = await said('umask; uname -m; cut -d" " -f19 /proc/self/stat; ionice -p 1', { process, linux });
  expect(out).toBe('0027\ni686\n4\nbest-effort: prio 5\n');
});

describe('a filter of system calls', () => {
  /** As large as the ones that engines give: all that there are, but for some. */
  async function profile(forbidden: readonly string[]) {
    const header = await readFile('/usr/include/x86_64-linux-gnu/asm/unistd_64.h', 'utf8');
    const names = [...header.matchAll(/^#define __NR_(\w+)/gm)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(340);
    return {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 1,
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
      syscalls: [
        { names: names.filter((name) => !forbidden.includes(name)), action: 'SCMP_ACT_ALLOW' },
        { names: ['keyctl', 'from_the_future'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
        { names: ['sethostname'], action: 'SCMP_ACT_KILL_PROCESS' },
      ],
    };
  }

  test.each([true, false])(
    'holds for init, its children and execs, with noNewPrivileges %j',
    async (noNewPrivileges) => {
      const seccomp = await profile(['mount', 'keyctl', 'sethostname']);
      const script = 'grep Seccomp: /proc/self/status; mount -t tmpfs t /tmp; hostname new; echo $?';
      const out = await said(script, { linux: { seccomp }, process: { noNewPrivileges } });
      expect(out).toMatch(/^Seccomp:\t2$/m);
      expect(out).toContain('permission denied');
      expect(out).toMatch(/^159$/m);
    },
  );

  test('is that of an exec too', async () => {
    const seccomp = await profile(['mount', 'keyctl', 'sethostname']);
    const namespaces = ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type }));
    const bundlePath = await bundles.bundle({ args: ['sleep', '10000'], spec: { linux: { namespaces, seccomp } } });
    await daemon.client.createContainer({ id: 'filtered', bundlePath });
    const { stdout, stderr } = await runExec(daemon, 'filtered', {
      pid: 'e',
      args: ['sh', '-c', 'grep Seccomp: /proc/self/status; mount -t tmpfs t /tmp'],
    });
    expect(stdout.toString()).toBe('Seccomp:\t2\n');
    expect(stderr).toContain('permission denied');
    await daemon.client.signal({ id: 'filtered', pid: 'init', signal: 9 });
  });

  test('that is none is refused before a program runs', async () => {
    const seccomp = { defaultAction: 'SCMP_ACT_NOTIFY' };
    await expect(said('true', { linux: { seccomp } })).rejects.toThrow(/cannot answer for system calls of a guest's/);
  });
});

test('device rules decide about opening; the usual devices and making nodes stay allowed', async () => {
  const script =
    'cd /dev; mknod log c 1 11; mknod mem c 1 1; head -c 0 log && echo read; echo x > log; head -c 0 mem; echo x > null && echo fine';
  const rules = (...more: object[]) => ({ resources: { devices: [{ allow: false, access: 'rwm' }, ...more] } });
  const log = { allow: true, type: 'c', major: 1, minor: 11 };
  const both = await said(script, { linux: rules({ ...log, access: 'r' }, { ...log, access: 'w' }) });
  expect(both).toBe('read\nhead: mem: Operation not permitted\nfine\n');
  const reading = await said(script, { linux: rules({ ...log, access: 'r' }) });
  expect(reading).toMatch(/^read\n.*log: Operation not permitted\n.*mem: Operation not permitted\nfine\n$/);
  const later = await said(script, { linux: rules({ ...log, access: 'rwm' }, { ...log, allow: false, access: 'w' }) });
  expect(later).toBe(reading);
  const none = await said(script, { linux: rules() });
  expect(none).toMatch(/^head: log: Operation not permitted\n.*\n.*mem: Operation not permitted\nfine\n$/);
  expect(await said('cd /dev; mknod log c 1 11; head -c 0 log && echo read')).toBe('read\n');
});

test('a program is executed in a container that has as many processes as it may, and in one that has made cgroups of its own', async () => {
  const namespaces = ['pid', 'mount', 'ipc', 'uts', 'cgroup'].map((type) => ({ type }));
  const mounts = [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup' },
  ];
  // As systemd does: what is in a group that hands its controllers on is in one below it. One that has a process, as that of an exec, hands none on.
  const divide = `cd /sys/fs/cgroup; mkdir init.scope; echo 1 > init.scope/cgroup.procs
    until echo +pids > cgroup.subtree_control; do :; done; exec sleep 10000`;
  const ask = async (id: string, args: string[], linux: object) => {
    const bundlePath = await bundles.bundle({ args, spec: { mounts, linux: { namespaces, ...linux } } });
    await daemon.client.createContainer({ id, bundlePath });
    return async () => (await runExec(daemon, id, { pid: 'e', args: ['cat', '/proc/self/cgroup'] })).stdout.toString();
  };
  const full = await ask('full', ['sleep', '10000'], { resources: { pids: { limit: 1 } } });
  expect(await full()).toBe('0::/\n');
  const divided = await ask('divided', ['sh', '-c', divide], {});
  await until(async () => (await divided()) === '0::/init.scope\n');
  // One that has moved may hand controllers on later.
  const move = 'cd /sys/fs/cgroup; mkdir part; echo 1 > part/cgroup.procs; exec sleep 10000';
  const moved = await ask('moved', ['sh', '-c', move], {});
  await until(async () => (await moved()) === '0::/part\n');
  for (const id of ['full', 'divided', 'moved']) await daemon.client.signal({ id, pid: 'init', signal: 9 });
});

test('containers of a pod share the namespaces that a bundle says, and no others', async () => {
  const { client } = daemon;
  const kinds = ['pid', 'ipc', 'uts'];
  const own = [...kinds, 'mount'].map((type) => ({ type }));
  const first = await bundles.bundle({ args: ['sleep', '10000'], spec: { linux: { namespaces: own } } });
  await client.createContainer({ id: 'first', bundlePath: first });
  const { containers } = await client.state({ id: 'first' });
  const path = `/proc/${containers[0]?.pids[0]}/ns/`;
  const member = (namespaces: object[]) =>
    bundles.bundle({
      args: [
        'sh',
        '-c',
        'for type in pid ipc uts; do readlink /proc/self/ns/$type; done; hostname; ps -o args | grep -c "[s]leep 10000"',
      ],
      spec: { hostname: undefined, linux: { namespaces } },
    });
  const look = async (id: string, namespaces: object[]) =>
    (await runContainer(daemon, id, await member(namespaces))).stdout.toString().split('\n');
  const { stdout } = await runExec(daemon, 'first', {
    pid: 'look',
    args: ['sh', '-c', 'for type in pid ipc uts; do readlink /proc/self/ns/$type; done'],
  });
  const owners = stdout.toString().trim().split('\n');
  const all = kinds.map((type) => ({ type, path: `${path}${type}` }));
  expect(await look('all', all)).toEqual([...owners, 'box', '1', '']);
  const some = await look('some', [{ type: 'pid' }, { type: 'ipc', path: 'first' }]);
  expect(some[0]).not.toBe(owners[0]);
  expect(some.slice(1)).toEqual([owners[1], expect.not.stringMatching(owners[2] ?? ''), expect.any(String), '0', '']);
  const guests = await look('guests', [{ type: 'ipc', path: 'first' }]);
  expect(guests.slice(3)).toEqual(['box', '1', '']);
  await expect(look('host', [{ type: 'ipc', path: '/run/ipcns/x' }])).rejects.toThrow(
    /namespace of the host, which a VM/,
  );
  await client.signal({ id: 'first', pid: 'init', signal: 9 });
});

test('a startContainer hook runs in the guest, and one that fails is why the container does not start', async () => {
  const hook = (script: string) => ({ path: '/bin/sh', args: ['sh', '-c', script], env: ['PATH=/bin'] });
  const spec = { annotations: { key: 'value' }, hooks: { startContainer: [hook('cat > /tmp/state')] } };
  expect(JSON.parse(await said('cat /tmp/state', { spec }))).toMatchObject({
    ociVersion: '1.0.2',
    pid: 1,
    status: 'created',
    annotations: { key: 'value' },
  });
  const failing = { hooks: { startContainer: [hook('echo wrong; false')] } };
  await expect(said('true', { spec: failing })).rejects.toThrow(
    /startContainer hook "\/bin\/sh" ended with status 1: wrong/,
  );
});

test('in a user namespace root is nobody in the VM and on the host, and has the network', async () => {
  const { client } = daemon;
  const volume = join(bundles.dir, 'owned');
  await mkdir(volume);
  await chown(volume, 100_000, 100_000);
  const mappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const types = ['pid', 'mount', 'ipc', 'uts', 'cgroup', 'network', 'user'];
  const namespaces = types.map((type) => ({ type }));
  const allowed = ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN', 'CAP_CHOWN'];
  const args = ['sh', '-c', 'touch /owned/made; exec sleep 10000'];
  const capabilities = { bounding: allowed, effective: allowed, permitted: allowed };
  const bundlePath = await bundles.bundle({
    args,
    spec: {
      process: { user: { uid: 0, gid: 0 }, args, env: ['PATH=/bin'], cwd: '/', capabilities },
      mounts: [
        { destination: '/proc', type: 'proc' },
        { destination: '/owned', type: 'bind', source: volume, options: ['bind'] },
      ],
      linux: { namespaces, uidMappings: mappings, gidMappings: mappings },
    },
  });
  await client.createContainer({ id: 'mapped', bundlePath });
  const script = [
    'exec 2>&1',
    'cat /proc/self/uid_map',
    'until test -e /owned/made; do :; done',
    'ls -ln /owned/made /dev/null',
    'ip link set lo down && ip link set lo up && echo network',
    'mount -t tmpfs tmpfs /tmp && echo mount',
    'hostname other && hostname',
    'chown 5:6 /owned/made && echo chown',
    'echo 3 > /proc/sys/vm/drop_caches',
  ].join('; ');
  const exec = { pid: 'look', args: ['sh', '-c', script], env: ['PATH=/bin'], capabilities: allowed };
  const { stdout } = await runExec(daemon, 'mapped', exec);
  const words = stdout.toString().replace(/ +/g, ' ');
  expect(words).toMatch(/^ 0 100000 65536\ncrw-rw-rw- 1 0 0 .* \/dev\/null\n-rw-r--r-- 1 0 0 .* \/owned\/made\n/);
  expect(words).toContain('network\nmount\nother\nchown\n');
  expect(words).toMatch(/drop_caches: Permission denied\n$/);
  await client.signal({ id: 'mapped', pid: 'init', signal: 9 });
  await until(async () => (await stat(join(volume, 'made'))).uid === 100_005);
});
