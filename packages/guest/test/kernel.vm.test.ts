// What containers find in each kernel.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootVm } from './support/bootVm.ts';
import { kernelsToTest } from './support/kernels.ts';
import type { TestGuest } from './support/testGuest.ts';

const releases = { stock: /^6\.1\..*amd64\n$/, minimal: /^6\.1\.\d+-runv\n$/ };
const fileSystems = ['9p', 'overlay', 'tmpfs', 'devtmpfs', 'devpts', 'mqueue', 'cgroup2', 'bpf'];
const moreFileSystems = { stock: [], minimal: ['erofs', 'ext4', 'fuse', 'virtiofs'] };

describe.each(kernelsToTest())('a guest with the %s kernel', (kernel) => {
  let guest: TestGuest;
  beforeAll(async () => {
    guest = await bootVm(kernel);
    await guest.container('looks', ['sleep', '100000']);
  });
  afterAll(() => guest[Symbol.asyncDispose]());

  let count = 0;
  const read = async (...args: string[]) => (await guest.runExec('looks', `look-${count++}`, args)).out;

  it('names its kernel', async () => {
    expect(await read('cat', '/proc/sys/kernel/osrelease')).toMatch(releases[kernel]);
  });

  it('has the file systems of containers, images and shares', async () => {
    const names = (await read('cat', '/proc/filesystems')).split(/\s+/);
    expect(names).toEqual(expect.arrayContaining([...fileSystems, ...moreFileSystems[kernel]]));
  });

  it('has every namespace', async () => {
    const names = (await read('ls', '/proc/self/ns')).split(/\s+/);
    expect(names).toEqual(expect.arrayContaining(['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts']));
  });

  it('has the controllers of the runtime-spec’s resources', async () => {
    const names = (await read('cat', '/proc/cgroups')).split('\n').map((line) => line.split('\t')[0]);
    expect(names).toEqual(expect.arrayContaining(['cpuset', 'cpu', 'blkio', 'memory', 'freezer', 'pids']));
  });

  it('filters system calls', async () => {
    expect(await read('cat', '/proc/sys/kernel/seccomp/actions_avail')).toContain('errno');
  });

  it('has IPv6', async () => {
    expect(await read('cat', '/proc/net/if_inet6')).toMatch(/ lo\n$/);
  });
});
