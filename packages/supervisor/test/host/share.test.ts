import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bundle, defaultSpec, type Mount } from '@runv/oci';
import { expect, test } from 'vitest';
import { Undo } from '../../src/base/undo.ts';
import { shareBundle } from '../../src/host/shareBundle.ts';
import { tempDir } from '../support/tempDir.ts';

test('rootfs, directories and files of the host are seen in the share, and undone nothing of it is left', async () => {
  await using place = await makePlace();
  const { share, bundle, undo } = place;
  const mounts = await shareBundle(
    bundle([
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/data', type: 'bind', source: join(place.path, 'data'), options: ['rbind', 'ro'] },
      { destination: '/hosts', source: join(place.path, 'file'), options: ['bind'] },
      { destination: '/own', type: 'none', source: 'rootfs/sub', options: ['rbind'] },
    ]),
    share,
    'c1',
    undo,
  );
  expect(mounts).toEqual([
    { destination: '/proc', type: 'proc', source: 'proc', options: [] },
    { destination: '/data', type: 'bind', source: 'c1/mount-1', options: ['rbind', 'ro'] },
    { destination: '/hosts', type: 'bind', source: 'c1/mount-2', options: ['bind'] },
    { destination: '/own', type: 'bind', source: 'c1/mount-3', options: ['rbind'] },
  ]);
  expect(await readFile(join(share, 'c1/rootfs/sub/in-rootfs'), 'utf8')).toBe('rootfs');
  expect(await readFile(join(share, 'c1/mount-1/in-data'), 'utf8')).toBe('data');
  expect(await readFile(join(share, 'c1/mount-2'), 'utf8')).toBe('file');
  expect(await readFile(join(share, 'c1/mount-3/in-rootfs'), 'utf8')).toBe('rootfs');
  await undo.run(fail);
  expect(await readdir(share)).toEqual([]);
  expect(await mountsBelow(share)).toEqual([]);
  expect(await readdir(join(place.path, 'data'))).toEqual(['in-data']);
  expect(await readFile(join(place.path, 'file'), 'utf8')).toBe('file');
});

test.each([
  ['is missing', '/nowhere/at/all', /\/nowhere\/at\/all does not exist/],
  ['has no source', undefined, /config\.json: a bind mount has no source/],
])('a bind mount that %s is refused, and what was mounted before it is undone', async (_, source, message) => {
  await using place = await makePlace();
  const { share, bundle, undo } = place;
  const shared = shareBundle(bundle([{ destination: '/x', type: 'bind', source }]), share, 'c1', undo);
  await expect(shared).rejects.toMatchObject({ code: 'INVALID', message: expect.stringMatching(message) });
  await undo.run(fail);
  expect(await readdir(share)).toEqual([]);
  expect(await mountsBelow(share)).toEqual([]);
});

test('a mount point below the rootfs is seen too, and goes with it', async () => {
  await using place = await makePlace();
  const inner = new Undo();
  await shareBundle(place.bundle([]), place.share, 'inner', inner);
  // The share itself as a rootfs: it has mounts below it.
  const outer = join(place.path, 'outer');
  await mkdir(outer);
  await shareBundle({ ...place.bundle([]), rootfs: place.share }, outer, 'c1', place.undo);
  expect(await readFile(join(outer, 'c1/rootfs/inner/rootfs/sub/in-rootfs'), 'utf8')).toBe('rootfs');
  await place.undo.run(fail);
  expect(await mountsBelow(outer)).toEqual([]);
  expect(await mountsBelow(place.share)).toHaveLength(1);
  await inner.run(fail);
  expect(await mountsBelow(place.share)).toEqual([]);
});

async function makePlace() {
  const dir = await tempDir();
  const undo = new Undo();
  const [share, path] = [join(dir.path, 'share'), join(dir.path, 'bundle')];
  for (const made of ['share', 'data', 'bundle/rootfs/sub']) await mkdir(join(dir.path, made), { recursive: true });
  await writeFile(join(dir.path, 'file'), 'file');
  await writeFile(join(dir.path, 'data/in-data'), 'data');
  await writeFile(join(path, 'rootfs/sub/in-rootfs'), 'rootfs');
  const spec = defaultSpec();
  return {
    path: dir.path,
    share,
    undo,
    bundle: (mounts: Mount[]): Bundle => ({ path, rootfs: join(path, 'rootfs'), spec: { ...spec, mounts } }) as Bundle,
    [Symbol.asyncDispose]: async () => {
      await undo.run(() => {});
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function mountsBelow(dir: string): Promise<string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return mounts.split('\n').filter((line) => line.includes(` ${dir}/`));
}

function fail(error: unknown): never {
  throw error;
}
