import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, defaultSpec, type Mount } from '@runv/oci';
import { expect, test } from 'vitest';
import { Undo } from '../../src/base/undo.ts';
import { Share } from '../../src/host/share.ts';
import { shareBundle } from '../../src/host/shareBundle.ts';
import { tempDir } from '../support/tempDir.ts';

test('rootfs, directories and files of the host are seen in the share, and released nothing of it is left', async () => {
  await using place = await makePlace();
  const { seen, bundle, undo } = place;
  const { mounts } = await shareBundle(
    bundle([
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/data', type: 'bind', source: join(place.path, 'data'), options: ['rbind', 'ro'] },
      { destination: '/hosts', source: join(place.path, 'file'), options: ['bind'] },
      { destination: '/own', type: 'none', source: 'rootfs/sub', options: ['rbind'] },
    ]),
    place.share,
    { image: 'c1' },
    undo,
  );
  expect(mounts).toEqual([
    { destination: '/proc', type: 'proc', source: 'proc', options: [] },
    { destination: '/data', type: 'bind', source: 'v1', options: ['rbind', 'ro'] },
    { destination: '/hosts', type: 'bind', source: 'v2', options: ['bind'] },
    { destination: '/own', type: 'bind', source: 'v3', options: ['rbind'] },
  ]);
  expect(await readFile(seen('c1/rootfs/sub/in-rootfs'), 'utf8')).toBe('rootfs');
  expect(await readFile(seen('v1/in-data'), 'utf8')).toBe('data');
  expect(await readFile(seen('v2'), 'utf8')).toBe('file');
  expect(await readFile(seen('v3/in-rootfs'), 'utf8')).toBe('rootfs');
  expect(await mountsOnHost(place.path)).toEqual([]);
  await undo.run(fail);
  expect(await readdir(seen('.'))).toEqual([]);
  expect(await place.mounts()).toEqual([]);
  expect(await readdir(join(place.path, 'data'))).toEqual(['in-data']);
  expect(await readFile(join(place.path, 'file'), 'utf8')).toBe('file');
});

test('one source is one directory of the share, for as long as a container uses it', async () => {
  await using place = await makePlace();
  const { share, seen, rootfs } = place;
  const data = (readonly: boolean) => ({ source: join(place.path, 'data'), readonly, recursive: true });
  await symlink(data(true).source, join(place.path, 'link'));
  const link = { ...data(true), source: join(place.path, 'link') };
  const first = await share.add('c1', rootfs, [data(true), link]);
  expect(first.names).toEqual(['v1', 'v1']);
  await expect(writeFile(seen('v1/x'), '')).rejects.toThrow('EROFS');
  const second = await share.add('c2', rootfs, [data(false)]);
  expect(second.names).toEqual(['v1']);
  await writeFile(seen('v1/x'), '');
  await first.release();
  expect(await readdir(seen('.'))).toEqual(['c2', 'v1']);
  await writeFile(seen('v1/y'), '');
  // Another directory at the same path is another source.
  await rename(data(true).source, join(place.path, 'before'));
  await mkdir(data(true).source);
  const third = await share.add('c3', rootfs, [data(true), { ...data(true), recursive: false }]);
  expect(third.names).toEqual(['v2', 'v3']);
  expect(await readdir(seen('v2'))).toEqual([]);
  await second.release();
  await third.release();
  expect(await readdir(seen('.'))).toEqual([]);
  expect(await place.mounts()).toEqual([]);
  // The guest has cached what v1 was.
  expect((await share.add('c4', rootfs, [data(true)])).names).toEqual(['v4']);
});

test.each([
  ['is missing', '/nowhere/at/all', /\/nowhere\/at\/all does not exist/],
  ['has no source', undefined, /config\.json: a bind mount has no source/],
  ['is below a file', '/etc/passwd/x', /\/etc\/passwd\/x cannot be used: ENOTDIR/],
])('a bind mount that %s is refused, and nothing is mounted', async (_, source, message) => {
  await using place = await makePlace();
  const { share, bundle, undo } = place;
  const mounts = [
    { destination: '/data', source: join(place.path, 'data'), options: ['bind'] },
    { destination: '/x', type: 'bind', source },
  ];
  const shared = shareBundle(bundle(mounts), share, { image: 'c1' }, undo);
  await expect(shared).rejects.toMatchObject({ code: 'INVALID', message: expect.stringMatching(message) });
  expect(await readdir(place.seen('.'))).toEqual([]);
  expect(await place.mounts()).toEqual([]);
  // The share goes on.
  expect((await share.add('c2', place.rootfs, [])).names).toEqual([]);
});

test('a file server that is gone is an error, and one in this mount namespace is cleared at the end', async () => {
  await using place = await makePlace();
  await expect(new Share({ ...place.vm, fileServerPid: 2 ** 30 }).add('c1', place.rootfs, [])).rejects.toThrow(
    'ENOENT',
  );
  expect(await readdir(place.seen('.'))).toEqual([]);
  const here = new Share({ ...place.vm, fileServerPid: process.pid });
  const data = { source: join(place.path, 'data'), readonly: true, recursive: true };
  const files = await here.add('c1', place.rootfs, [data]);
  expect(await mountsOnHost(place.vm.shareDir)).toHaveLength(2);
  await here.close();
  expect(await mountsOnHost(place.vm.shareDir)).toEqual([]);
  await files.release();
  await here.close();
});

async function makePlace() {
  const dir = await tempDir();
  const undo = new Undo();
  const [shareDir, path] = [join(dir.path, 'share'), join(dir.path, 'bundle')];
  for (const made of ['share', 'data', 'bundle/rootfs/sub']) await mkdir(join(dir.path, made), { recursive: true });
  await writeFile(join(dir.path, 'file'), 'file');
  await writeFile(join(dir.path, 'data/in-data'), 'data');
  await writeFile(join(path, 'rootfs/sub/in-rootfs'), 'rootfs');
  const server = spawn('unshare', ['--mount', 'sh', '-c', 'echo here; exec sleep infinity'], { stdio: 'pipe' });
  const ended = once(server, 'close');
  await once(server.stdout, 'data');
  const vm = { shareDir, fileServerPid: server.pid ?? 0, exited: new Promise<never>(() => {}) };
  const share = new Share(vm);
  const spec = defaultSpec();
  return {
    path: dir.path,
    vm,
    share,
    undo,
    rootfs: join(path, 'rootfs'),
    /** As the file server sees it. */
    seen: (name: string) => `/proc/${server.pid}/root${shareDir}/${name}`,
    mounts: () => mountsIn(`/proc/${server.pid}/mountinfo`, shareDir),
    bundle: (mounts: Mount[]): Bundle => ({ path, rootfs: join(path, 'rootfs'), spec: { ...spec, mounts } }) as Bundle,
    [Symbol.asyncDispose]: async () => {
      await share.close();
      server.kill('SIGKILL');
      await ended;
      await dir[Symbol.asyncDispose]();
    },
  };
}

function mountsOnHost(dir: string): Promise<string[]> {
  return mountsIn('/proc/self/mountinfo', dir);
}

async function mountsIn(mountinfo: string, dir: string): Promise<string[]> {
  return (await readFile(mountinfo, 'utf8')).split('\n').filter((line) => line.includes(` ${dir}`));
}

function fail(error: unknown): never {
  throw error;
}
