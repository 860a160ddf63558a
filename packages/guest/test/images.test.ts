import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GuestImageError } from '../src/errors.ts';
import { findGuestImages, guestImages } from '../src/index.ts';
import { initProgram } from '../src/initrd/initProgram.ts';
import { initrd } from '../src/initrd/initrd.ts';
import { publish } from '../src/publish.ts';
import { run } from '../src/run.ts';

let cacheDir: string;
beforeAll(async () => {
  vi.stubEnv('RUNV_GUEST_KERNEL', undefined);
  cacheDir = await mkdtemp(join(tmpdir(), 'runv-cache-'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(cacheDir, { recursive: true, force: true });
});

const digest = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

describe('guestImages', () => {
  it('makes a kernel that is ELF and an initrd with PID 1 and its modules, twice at once', {
    timeout: 300_000,
  }, async () => {
    expect(findGuestImages({ cacheDir })).toBeUndefined();
    const lines: string[] = [];
    const both = await Promise.all([
      guestImages({ cacheDir, onProgress: (line) => lines.push(line) }),
      guestImages({ cacheDir }),
    ]);
    expect(both[0]).toEqual(both[1]);
    expect(findGuestImages({ cacheDir })).toEqual(both[0]);
    expect((await readFile(both[0].kernel)).subarray(0, 4).toString('latin1')).toBe('\x7fELF');
    expect(lines[0]).toMatch(/^Fetching/);
    const { stdout } = await execa('cpio', ['-t', '--quiet'], { inputFile: both[0].initrd });
    const names = stdout.split('\n');
    expect(names).toEqual(expect.arrayContaining(['init', 'proc', 'sys', 'dev', 'run', 'lib/modules/9p.ko']));
    expect((await readdir(cacheDir)).filter((name) => name.startsWith('.making'))).toEqual([]);
  });

  it('lists each module after those that it needs', async () => {
    const modules = join(
      cacheDir,
      (await readdir(cacheDir)).find((name) => name.startsWith('kernel-')) as string,
      'modules',
    );
    const order = (await readFile(join(modules, 'order'), 'utf8')).trim().split('\n');
    const place = (name: string) => order.indexOf(`${name}.ko`);
    expect(place('virtio')).toBeLessThan(place('virtio_pci'));
    expect(place('9pnet')).toBeLessThan(place('9pnet_virtio'));
    expect(place('9pnet_virtio')).toBeGreaterThan(-1);
    expect(place('netfs')).toBeLessThan(place('9p'));
    expect((await readdir(modules)).sort()).toEqual([...order, 'order'].sort());
  });

  it('makes the same initrd from the same parts', async () => {
    const kernel = (await readdir(cacheDir)).find((name) => name.startsWith('kernel-')) as string;
    const modules = join(cacheDir, kernel, 'modules');
    const [a, b] = await Promise.all(['a', 'b'].map((name) => initrd(join(cacheDir, name), initProgram, modules)));
    expect(await digest(a as string)).toBe(await digest(b as string));
  });

  it('gives the same initrd to a PID 1 that was built again without a change', async () => {
    const before = findGuestImages({ cacheDir });
    // touch(1) keeps the nanoseconds that utimes() would lose: the program is everybody's, and so is its time.
    const asBefore = join(cacheDir, 'time');
    await execa('touch', ['--reference', initProgram, asBefore]);
    try {
      await execa('touch', [initProgram]);
      expect(findGuestImages({ cacheDir })).toBeUndefined();
      expect(await guestImages({ cacheDir })).toEqual(before);
    } finally {
      await execa('touch', ['--reference', asBefore, initProgram]);
    }
  });

  it('stops when it is told to, and leaves nothing half made', async () => {
    const empty = join(cacheDir, 'stopped');
    await expect(guestImages({ cacheDir: empty, signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect((await readdir(empty).catch(() => [])).filter((name) => !name.startsWith('.'))).toEqual([]);
  });
});

describe('publish', () => {
  it('leaves nothing when making fails', async () => {
    const target = join(cacheDir, 'published', 'thing');
    await expect(publish(target, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(join(cacheDir, 'published'))).toEqual([]);
  });
});

describe('run', () => {
  it('names the Debian package of a missing command', async () => {
    const path = process.env.PATH;
    process.env.PATH = '/nowhere';
    const failure = await run('cpio', []).catch((error: unknown) => error);
    process.env.PATH = path;
    expect(failure).toBeInstanceOf(GuestImageError);
    expect(failure).toMatchObject({
      code: 'MISSING_TOOL',
      message: expect.stringContaining("install Debian's package cpio"),
    });
  });

  it('tells each line of the output as it comes', async () => {
    const lines: string[] = [];
    await run('printf', ['%s\\n', 'one', 'two'], { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', 'two']);
  });

  it('gives the last lines of what a failing command said', async () => {
    await expect(run('xz', ['--no-such-option'])).rejects.toThrow(/^xz --no-such-option failed: .*unrecognized option/);
  });
});
