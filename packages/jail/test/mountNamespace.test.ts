import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type JailedProcess, MountNamespace } from '../src/index.ts';
import { makePlace, type Place } from './support/place.ts';
import { buildPrograms, JAILS } from './support/programs.ts';

beforeAll(buildPrograms, 120_000);

describe.each(JAILS)('the mounts of a jail (%s)', (_, jailPath) => {
  let place: Place;
  let share: string;
  let child: JailedProcess;
  let namespace: MountNamespace;

  beforeEach(async () => {
    place = await makePlace(jailPath);
    share = join(place.dir, 'share');
    for (const name of ['share/a', 'share/b', 'volume/sub', 'other'])
      await mkdir(join(place.dir, name), { recursive: true });
    await writeFile(join(share, 'file'), '');
    await writeFile(join(place.dir, 'volume/in-volume'), 'volume');
    await writeFile(join(place.dir, 'other/in-other'), 'other');
    child = await place.start('exec sleep 1000', { paths: [{ kind: 'share', path: share }] });
    namespace = await MountNamespace.open(child.pid, jailPath);
  });
  afterEach(async () => {
    await namespace.close();
    await place[Symbol.asyncDispose]();
  });

  /** As the program sees it. */
  const seen = (path: string) => `/proc/${child.pid}/root${share}/${path}`;
  const bind = (source: string, name: string, more = {}) => ({
    ...{ source: join(place.dir, source), place: join(share, name), readonly: false, recursive: true },
    ...more,
  });

  test('are seen there and nowhere on the host, and are gone when they are unbound', async () => {
    expect(namespace.isOurs).toBe(false);
    await namespace.change({ binds: [bind('volume', 'a'), bind('volume/in-volume', 'file')] });
    expect(await readdir(seen('a'))).toEqual(['in-volume', 'sub']);
    expect(await readFile(seen('file'), 'utf8')).toBe('volume');
    await writeFile(seen('a/written'), 'x');
    expect(await readFile(join(place.dir, 'volume/written'), 'utf8')).toBe('x');
    expect(await readdir(join(share, 'a'))).toEqual([]);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(share);
    await namespace.change({ unbinds: [join(share, 'a'), join(share, 'file'), join(share, 'b'), join(share, 'none')] });
    expect(await readdir(seen('a'))).toEqual([]);
    // Removing the places is the host's business as before.
    await rm(join(share, 'a'), { recursive: true });
    expect(await readdir(seen('.'))).toEqual(['b', 'file']);
  });

  test('are of another mount namespace where one is named', async () => {
    const script = 'mount -t tmpfs tmpfs "$0" && touch "$0/only-there" && echo there && exec sleep 1000';
    const other = execa('unshare', ['--mount', 'sh', '-c', script, join(place.dir, 'volume')], { reject: false });
    await once(other.stdout, 'data');
    const handle = await open(`/proc/${other.pid}/ns/mnt`, 'r');
    await namespace.change({ from: handle.fd, binds: [bind('volume', 'a')] });
    expect(await readdir(seen('a'))).toEqual(['only-there']);
    await namespace.change({ binds: [bind('volume', 'b')] });
    expect(await readdir(seen('b'))).toEqual(['in-volume', 'sub']);
    await handle.close();
    other.kill('SIGKILL');
    await other;
  });

  test('an overlay of the host’s directories is written to above them, and one that cannot be is refused with its options', async () => {
    for (const name of ['upper', 'work']) await mkdir(join(place.dir, name));
    const [lower, upper, work] = ['volume', 'upper', 'work'].map((name) => join(place.dir, name));
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const overlay = { options, place: join(share, 'a'), readonly: false };
    await namespace.change({ overlays: [overlay] });
    expect(await readdir(seen('a'))).toEqual(['in-volume', 'sub']);
    await writeFile(seen('a/in-volume'), 'above');
    expect(await readFile(join(place.dir, 'volume/in-volume'), 'utf8')).toBe('volume');
    expect(await readFile(join(place.dir, 'upper/in-volume'), 'utf8')).toBe('above');
    expect(await readFile(`/proc/${child.pid}/mountinfo`, 'utf8')).toMatch(/share\/a rw,nosuid,nodev,noexec/);
    await namespace.change({ unbinds: [overlay.place] });
    const none = { ...overlay, options: `lowerdir=${lower}/none,upperdir=${upper},workdir=${work}` };
    await expect(namespace.change({ overlays: [none] })).rejects.toThrow(/making the overlay "lowerdir=.*none/);
  });

  test('have neither devices nor set-user-id bits nor programs, and are read-only where that is asked for', async () => {
    await namespace.change({ binds: [bind('volume', 'a', { readonly: true }), bind('other', 'b')] });
    const mounts = await readFile(`/proc/${child.pid}/mountinfo`, 'utf8');
    expect(mounts).toMatch(/share\/a ro,nosuid,nodev,noexec/);
    expect(mounts).toMatch(/share\/b rw,nosuid,nodev,noexec/);
    await expect(writeFile(seen('a/x'), '')).rejects.toThrow('EROFS');
    // One that is written to covers it, and both go together.
    await namespace.change({ binds: [bind('volume', 'a')] });
    await writeFile(seen('a/x'), '');
    await namespace.change({ unbinds: [join(share, 'a')] });
    expect(await readdir(seen('a'))).toEqual([]);
  });

  test('below a source are there where they are asked for, and so is what is mounted there later', async () => {
    const sub = join(place.dir, 'volume/sub');
    await execa('mount', ['-t', 'tmpfs', 'none', sub]);
    await execa('mount', ['--make-shared', sub]);
    try {
      await writeFile(join(sub, 'below'), '');
      await mkdir(join(sub, 'later'));
      await mkdir(join(share, 'c'));
      const binds = [
        bind('volume', 'a', { follow: true }),
        bind('volume', 'b', { recursive: false }),
        bind('volume', 'c'),
      ];
      await namespace.change({ binds });
      expect(await readdir(seen('a/sub'))).toEqual(['below', 'later']);
      expect(await readdir(seen('b/sub'))).toEqual([]);
      expect(await readdir(seen('c/sub'))).toEqual(['below', 'later']);
      await execa('mount', ['--bind', join(place.dir, 'other'), join(sub, 'later')]);
      expect(await readdir(seen('a/sub/later'))).toEqual(['in-other']);
      expect(await readdir(seen('c/sub/later'))).toEqual([]);
      await execa('umount', [join(sub, 'later')]);
      // What is unbound there stays on the host.
      await namespace.change({ unbinds: [join(share, 'a')] });
      expect(await readdir(sub)).toEqual(['below', 'later']);
    } finally {
      await execa('umount', ['--recursive', '--lazy', sub]);
    }
  });

  test.each([
    ['a link at the place', async () => symlink('/', join(share, 'link')), 'link', /mounting .* at .*link: /],
    [
      'a link on the way',
      async () => symlink('a', join(share, 'link')),
      'link/x',
      /Symbolic link loop|Too many levels/,
    ],
    ['a missing place', async () => {}, 'nowhere', /No such file/],
    ['a file for a directory', async () => {}, 'file', /mounting .* at .*file: Invalid argument/],
  ])('%s is not followed, and nothing of the change is done', async (_name, prepare, name, words) => {
    await prepare();
    await expect(namespace.change({ binds: [bind('other', 'b'), bind('volume', name)] })).rejects.toThrow(words);
    expect(await readdir(seen('b'))).toEqual([]);
    expect(await readFile(`/proc/${child.pid}/mountinfo`, 'utf8')).not.toContain('share/');
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(place.dir);
  });

  test('are not taken from a source that is missing, and not made in a namespace that is none', async () => {
    await expect(namespace.change({ binds: [bind('nowhere', 'a')] })).rejects.toThrow(/nowhere: No such file/);
    await expect(MountNamespace.open(2 ** 30)).rejects.toThrow('ENOENT');
  });

  test('can be changed by whoever keeps the namespace when the program has ended', async () => {
    await namespace.change({ binds: [bind('volume', 'a')] });
    child.kill();
    await child.ended;
    await namespace.change({ unbinds: [join(share, 'a')], binds: [bind('other', 'b')] });
    await expect(stat(seen('.'))).rejects.toThrow('ENOENT');
  });
});

test('a process without a jail has this process’s mounts, which stay until they are unbound', async () => {
  const [, jailPath = ''] = JAILS[0] ?? [];
  await using place = await makePlace(jailPath);
  const at = join(place.dir, 'at');
  for (const name of ['at', 'volume/x']) await mkdir(join(place.dir, name), { recursive: true });
  const namespace = await MountNamespace.open(process.pid, jailPath);
  expect(namespace.isOurs).toBe(true);
  const volume = { source: join(place.dir, 'volume'), place: at, readonly: true, recursive: false };
  await namespace.change({ binds: [volume] });
  expect(await readdir(at)).toEqual(['x']);
  await namespace.change({ unbinds: [at] });
  expect(await readdir(at)).toEqual([]);
  await namespace.close();
});
