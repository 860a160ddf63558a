import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findGuestImages, guestImages } from '../../src/index.ts';
import { builtKernelAt, type CachedKernel, newestStock, stockKernelAt } from '../../src/kernel/cachedKernel.ts';
import { MINIMAL } from '../../src/kernel/config.ts';

let cacheDir: string;
beforeEach(async () => {
  vi.stubEnv('RUNV_GUEST_KERNEL', undefined);
  cacheDir = await mkdtemp(join(tmpdir(), 'runv-cache-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cacheDir, { recursive: true, force: true });
});

const stock = () => put(stockKernelAt(cacheDir, '6.1.9-1'));
const minimal = (version = '6.1.9-1') => put(builtKernelAt(cacheDir, MINIMAL, version));

async function put(kernel: CachedKernel): Promise<string> {
  await mkdir(join(kernel.dir, 'modules'), { recursive: true });
  await writeFile(join(kernel.dir, 'vmlinux'), '');
  if (kernel.kind === 'stock') await writeFile(join(kernel.dir, 'modules', 'order'), '');
  return join(kernel.dir, 'vmlinux');
}

describe('the kernel', () => {
  it('is the minimal one wherever it has been built, with an initrd without modules', async () => {
    await stock();
    const kernel = await minimal();
    const images = await guestImages({ cacheDir });
    expect(images).toMatchObject({ kernel, kernelVersion: '6.1.9-1' });
    expect(findGuestImages({ cacheDir })).toEqual(images);
    const { stdout } = await execa('cpio', ['-t', '--quiet'], { inputFile: images.initrd });
    expect(stdout.split('\n').filter((name) => name.startsWith('lib/modules/'))).toEqual([]);
  });

  it('is the stock one elsewhere', async () => {
    const kernel = await stock();
    expect(await guestImages({ cacheDir })).toMatchObject({ kernel });
    expect(findGuestImages({ cacheDir })).toMatchObject({ kernel });
  });

  it('is the newest that was built with the present configuration', async () => {
    await minimal('6.1.9-1');
    const kernel = await minimal('6.1.10-1');
    await mkdir(join(cacheDir, 'kernel-minimal-6.1.11-1-0123456789ab'));
    expect(await guestImages({ cacheDir })).toMatchObject({ kernel, kernelVersion: '6.1.10-1' });
  });

  it('is what RUNV_GUEST_KERNEL says, and what the caller says before that', async () => {
    const kernels = { stock: await stock(), minimal: await minimal() };
    vi.stubEnv('RUNV_GUEST_KERNEL', 'stock');
    expect(await guestImages({ cacheDir })).toMatchObject({ kernel: kernels.stock });
    expect(await guestImages({ cacheDir, kernel: 'minimal' })).toMatchObject({ kernel: kernels.minimal });
    expect(findGuestImages({ cacheDir })).toMatchObject({ kernel: kernels.stock });
    vi.stubEnv('RUNV_GUEST_KERNEL', 'minimal');
    expect(findGuestImages({ cacheDir })).toMatchObject({ kernel: kernels.minimal });
  });

  it('stays the stock one until the minimal one has its initrd, unless that is asked for', async () => {
    const kernel = await stock();
    await guestImages({ cacheDir });
    await minimal();
    expect(findGuestImages({ cacheDir })).toMatchObject({ kernel });
    expect(findGuestImages({ cacheDir, kernel: 'minimal' })).toBeUndefined();
  });
});

describe('a choice that cannot be met', () => {
  it('names the command that builds the minimal kernel', async () => {
    vi.stubEnv('RUNV_GUEST_KERNEL', 'minimal');
    expect(() => findGuestImages({ cacheDir })).toThrow(/npm run kernel/);
    await expect(guestImages({ cacheDir })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('names the two there are', () => {
    vi.stubEnv('RUNV_GUEST_KERNEL', 'tiny');
    expect(() => findGuestImages({ cacheDir })).toThrow('RUNV_GUEST_KERNEL is tiny: it can be stock or minimal');
  });
});

it('a minimal kernel is not taken for a stock one', async () => {
  await minimal();
  expect(newestStock(cacheDir)).toBeUndefined();
  expect(await readdir(cacheDir)).toHaveLength(1);
});
