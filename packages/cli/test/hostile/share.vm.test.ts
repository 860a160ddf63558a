/** Root in a guest, with every capability, against the host's files: by the share of its pod and by its volumes. */
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceError } from '@grpc/grpc-js';
import { Bundles, Daemon, Fifos, runContainer, until } from '@runv/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

let daemon: Daemon;
let bundles: Bundles;
/** Has what belongs to the host (secret), and what is given to the guest. */
let dir: string;

beforeAll(async () => {
  daemon = await Daemon.start();
  bundles = await Bundles.make();
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await bundles[Symbol.asyncDispose]();
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-wall-'));
  for (const name of ['secret', 'volume', 'readonly']) await mkdir(join(dir, name));
  await writeFile(join(dir, 'secret/file'), 'of the host\n');
  await writeFile(join(dir, 'readonly/file'), 'of the host\n');
});
afterEach(async () => {
  expect(await hostMounts()).toEqual([]);
  expect(await readFile(join(dir, 'secret/file'), 'utf8')).toBe('of the host\n');
  expect(await readdir(join(dir, 'secret'))).toEqual(['file']);
  expect(await readFile(join(dir, 'readonly/file'), 'utf8')).toBe('of the host\n');
  await rm(dir, { recursive: true });
});

/** Those that have to do with these tests: others may use this machine. */
async function hostMounts(): Promise<string[]> {
  const ours = [daemon.dir, bundles.dir, dir];
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.filter((line) => ours.some((path) => line.includes(path)));
}

const MOUNTS = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
  { destination: '/tmp', type: 'tmpfs', source: 'tmpfs' },
];

/** A container that has every capability, as a bundle without a word of them gives it. */
async function attacker(script: string, mounts: readonly object[] = []): Promise<string> {
  return await bundles.bundle({ args: ['sh', '-c', script], spec: { mounts: [...MOUNTS, ...mounts] } });
}

/** Mounts the share anew, and goes there: by hostfs, if the root file system came so, else by 9p, which a guest can while none of its containers has a volume. */
const IN_SHARE = `mkdir /tmp/share
  hostfs=$(sed -n 's/.* hostfs .*,\\(\\/[^ ]*\\) .*/\\1/p' /proc/mounts)
  if [ "$hostfs" ]; then mount -t hostfs -o "$hostfs" none /tmp/share
  else mount -t 9p -o trans=virtio,version=9p2000.L volumes_dir /tmp/share; fi
  cd /tmp/share || exit 99`;

const VOLUME = () => ({ destination: '/volume', type: 'bind', source: join(dir, 'volume'), options: ['rbind'] });
const READONLY = () => ({
  destination: '/readonly',
  type: 'bind',
  source: join(dir, 'readonly'),
  options: ['rbind', 'ro'],
});

test('nothing of the share can be made, moved, changed or removed', async () => {
  const { stdout, stderr, status } = await runContainer(
    daemon,
    'changes',
    await attacker(
      `${IN_SHARE}
        ls
        for at in . c1; do
          touch $at/new && echo MADE; mkdir $at/dir && echo MADE; ln -s / $at/link && echo MADE; mknod $at/null c 1 3 && echo MADE
        done
        for name in c1 c1/rootfs; do mv $name moved && echo MOVED; rmdir $name && echo REMOVED; done
        chmod 777 . c1 && echo CHANGED; chown 1 . c1 && echo CHANGED; mv c1/rootfs/etc c1/etc && echo MOVED
        ln c1/rootfs/etc/passwd hard && echo LINKED; ls c1/rootfs/../../.. | grep -x tmp && echo OUT
        true`,
    ),
  );
  expect({ out: stdout.toString(), status }).toEqual({ out: 'c1\n', status: 0 });
  expect(stderr).toContain('Read-only file system');
});

test('links that a container leaves in its root file system and volumes lead the host nowhere', async () => {
  await symlink(join(dir, 'secret'), join(dir, 'volume/link'));
  const { stdout, status } = await runContainer(
    daemon,
    'links',
    await attacker(
      `ln -s ${dir}/secret /etc/link && cat /etc/link/file && echo OUT; cat /volume/link/file && echo OUT
       echo x > /volume/link/file && echo OUT; ls /volume/../volume/.. | grep -x work && echo OUT; rm /etc/link`,
      [VOLUME()],
    ),
  );
  expect({ out: stdout.toString(), status }).toEqual({ out: '', status: 0 });
});

test('a volume that is read-only for the pod is so on the host, whatever its root does, and has no device files', async () => {
  const script =
    'mount -o remount,rw /readonly; echo x > /readonly/file && echo WROTE; echo done; touch /volume/done; sleep 1000';
  await using fifos = await Fifos.make();
  const lines = await fifos.readAll('stdout');
  const bundlePath = await attacker(
    `cd /volume && mknod disk b 254 0 && mknod mem c 1 1 && cp /bin/busybox su && chmod 4755 su; ${script}`,
    [VOLUME(), READONLY()],
  );
  await daemon.client.createContainer({ id: 'readonly', bundlePath, ...fifos.outputs });
  const mounts = async () =>
    (await Promise.all((await daemon.vmPids()).map((pid) => readFile(`/proc/${pid}/mountinfo`, 'utf8')))).join('');
  expect(await mounts()).toMatch(/share\/v1 rw,nosuid,nodev,noexec,/);
  expect(await mounts()).toMatch(/share\/v2 ro,nosuid,nodev,noexec,/);
  await until(async () => (await readdir(join(dir, 'volume'))).includes('done'));
  await kill('readonly');
  expect((await lines()).toString()).toBe('done\n');
});

test('links in the places of a container that joins the pod catch nothing of the host', async () => {
  const race = `${IN_SHARE}; echo on > /root/on
    while :; do for n in 2 3 4 5 6 7 8; do ln -s ${dir}/secret c$n; ln -s ${dir}/secret/file v$n; mv c1 c$n; done; done 2>/dev/null`;
  await daemon.client.createContainer({ id: 'racer', bundlePath: await attacker(race) });
  await until(async () => (await readdir(join(bundles.dir, 'rootfs/root'))).includes('on'));
  for (let round = 0; round < 4; round++) {
    const bundlePath = await bundles.bundle({ args: ['sh', '-c', 'echo in'], sharedWith: 'racer' });
    const { stdout, status } = await runContainer(daemon, `joins${round}`, bundlePath);
    expect({ out: stdout.toString(), status }).toEqual({ out: 'in\n', status: 0 });
  }
  // By 9p the racer has taken the tag of the volumes, which harms its own pod alone.
  const bundlePath = await bundles.bundle({
    args: ['true'],
    sharedWith: 'racer',
    spec: { mounts: [...MOUNTS, VOLUME()] },
  });
  const refused = await daemon.client.createContainer({ id: 'volumes', bundlePath }).then(
    () => '',
    ({ details }: ServiceError) => details,
  );
  expect(refused).toMatch(/^$|volumes_dir|busy/);
  await kill('racer');
});

async function kill(id: string): Promise<void> {
  await daemon.client.signal({ id, signal: 9 });
  await until(async () => (await daemon.client.state({})).containers.length === 0);
}

test('a VM has its own user, few capabilities, and no namespace of the host', async () => {
  await daemon.client.createContainer({ id: 'jailed', bundlePath: await attacker('sleep 1000') });
  const found = await daemon.vmPids();
  expect(found).not.toEqual([]);
  for (const pid of found) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\t(2[01]\d{8})\t\1\t\1\t\1$/m);
    expect(status).toMatch(/^CapPrm:\t000000008800001b$/m);
    expect(status).toMatch(/^CapBnd:\t000000008800001b$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^Seccomp:\t2$/m);
    for (const name of ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'])
      expect(await readlink(`/proc/${pid}/ns/${name}`)).not.toBe(await readlink(`/proc/self/ns/${name}`));
    expect((await readdir(`/proc/${pid}/root/`)).sort()).not.toContain('root');
  }
  await kill('jailed');
});
