import { watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTemplate, FactoryError, removeTemplate, template, templateWhenMade } from '../src/index.ts';
import { type RecordingDriver, recordingDriver } from './recordingDriver.ts';

let root: string;
let vmRoot: string;
let driver: RecordingDriver;
let asked: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'template-'));
  await writeFile(join(root, 'kernel'), 'a kernel');
  await writeFile(join(root, 'initrd'), 'an initrd');
  vmRoot = await mkdtemp(join(tmpdir(), 'template-vm-'));
  driver = recordingDriver();
  asked = [];
});
afterEach(async () => {
  expect(await readdir(vmRoot)).toEqual([]);
  for (const dir of [root, vmRoot]) await rm(dir, { recursive: true });
});

const options = () => ({
  ...{ driver, dir: join(root, 'template'), vmRoot, cpus: 1, memoryMiB: 128, quietMs: 1 },
  ...{ kernel: join(root, 'kernel'), initrd: join(root, 'initrd') },
  guest: {
    shareTags: ['share_dir'],
    channels: ['a.0'],
    ready: async ({ id }: { id: string }) => void asked.push(id),
  },
  onError: (error: unknown) => {
    throw error;
  },
});

test('a template is saved once its guest is ready, and its clones start from it', async () => {
  await createTemplate(options());
  expect(driver.asked).toEqual([expect.objectContaining({ saveTo: expect.stringContaining(join(root, 'template')) })]);
  expect(asked).toEqual([driver.made[0]?.id]);
  expect(driver.disposed).toEqual(asked);
  expect(await readdir(join(root, 'template'))).toEqual(['state', 'template.json']);
  await using base = await template(options());
  const vm = await base.getBaseVm();
  expect(vm.guest).toBe('ready');
  expect(driver.asked.at(-1)).toMatchObject({ from: join(root, 'template'), boot: { hotAddCpuMem: true } });
  await vm[Symbol.asyncDispose]();
});

test.each<[string, string, () => object]>([
  ['another size', 'size: it was made with 1 CPUs and 128 MiB, here it is 2 CPUs and 128 MiB', () => ({ cpus: 2 })],
  ['other kernel parameters', 'debug', () => ({ kernelParameters: ['debug'] })],
  ['another hypervisor', 'recording 2', () => ({ driver: withInfo({ version: '2' }) })],
  ['another machine', 'other', () => ({ driver: withInfo({ machine: 'other' }) })],
  ['another kernel', 'kernel: it was made with', () => ({ kernel: join(root, 'initrd') })],
])('a template for %s is refused by name, and never used', async (_, words, more) => {
  await createTemplate(options());
  const refused = { code: 'MISMATCH', message: expect.stringContaining(words) };
  await expect(template({ ...options(), ...more() })).rejects.toMatchObject(refused);
});

function withInfo(more: object): RecordingDriver {
  return { ...driver, info: { ...driver.info, ...more } };
}

test('a kernel that was written anew is compared by what is in it', async () => {
  await createTemplate(options());
  await utimes(join(root, 'kernel'), 1, 1);
  await using _ = await template(options());
  await writeFile(join(root, 'initrd'), 'AN initrd');
  await expect(template(options())).rejects.toMatchObject({ message: expect.stringContaining('initrd') });
});

test('without a template, or with half of one, it says so', async () => {
  await expect(template(options())).rejects.toMatchObject({ code: 'NO_TEMPLATE' });
  await mkdir(join(root, 'template'));
  await writeFile(join(root, 'template/template.json'), '{"template":1');
  await expect(template(options())).rejects.toMatchObject({ code: 'NO_TEMPLATE' });
  await expect(removeTemplate(join(root, 'template'))).rejects.toMatchObject({ code: 'NO_TEMPLATE' });
  expect(await readdir(join(root, 'template'))).toEqual(['template.json']);
});

test('what is there already is replaced only where that was asked for', async () => {
  await createTemplate(options());
  const made = await readFile(join(root, 'template/template.json'), 'utf8');
  await expect(createTemplate(options())).rejects.toMatchObject({ code: 'EXISTS' });
  expect(await readFile(join(root, 'template/template.json'), 'utf8')).toBe(made);
  await createTemplate({ ...options(), replace: true });
  await removeTemplate(join(root, 'template'));
  expect(await readdir(root)).toEqual(['initrd', 'kernel']);
});

test('one that fails or is given up leaves nothing', async () => {
  const guest = { ...options().guest, ready: () => Promise.reject(new Error('no guest')) };
  await expect(createTemplate({ ...options(), guest })).rejects.toThrow('no guest');
  const reason = new Error('enough');
  await expect(createTemplate({ ...options(), signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(await readdir(root)).toEqual(['initrd', 'kernel']);
  expect(driver.disposed).toEqual(driver.made.map(({ id }) => id));
});

test('what a killed maker left is removed by the next one', async () => {
  const left = join(root, 'template.unfinished-4194305');
  await mkdir(left);
  await createTemplate(options());
  expect(await readdir(root)).toEqual(['initrd', 'kernel', 'template']);
});

test('made in the background: VMs are booted until it is there, and cloned from then on', async () => {
  await using base = templateWhenMade({ ...options(), quietMs: 5 });
  const booted = await base.getBaseVm();
  expect(booted.guest).toBe('booting');
  await vi.waitFor(() => expect(base.made).toBe(true));
  const clone = await base.getBaseVm();
  expect(clone.guest).toBe('ready');
  for (const vm of [booted, clone]) await vm[Symbol.asyncDispose]();
});

test('made in the background, removed by somebody: the next VM is booted, and the template made again', async () => {
  await using base = templateWhenMade(options());
  await vi.waitFor(() => expect(base.made).toBe(true));
  const { mtimeMs } = await stat(join(root, 'template/template.json'));
  await removeTemplate(join(root, 'template'));
  const vms = [await base.getBaseVm(), await base.getBaseVm()];
  expect(vms.map(({ guest }) => guest)).toContain('booting');
  await vi.waitFor(async () => expect((await stat(join(root, 'template/template.json'))).mtimeMs).not.toBe(mtimeMs));
  await vi.waitFor(() => expect(base.made).toBe(true));
  for (const vm of vms) await vm[Symbol.asyncDispose]();
});

test('made in the background: what others made and nobody has used for a month goes', async () => {
  const [old, young] = ['template-old', 'template-young'].map((name) => join(root, name));
  for (const dir of [old ?? '', young ?? '']) await createTemplate({ ...options(), dir });
  await utimes(join(old ?? '', 'template.json'), 1, 1);
  await using base = templateWhenMade({ ...options(), dir: join(root, 'template-mine') });
  await vi.waitFor(() => expect(base.made).toBe(true));
  expect((await readdir(root)).filter((name) => name.startsWith('template'))).toEqual([
    'template-mine',
    'template-young',
  ]);
});

test('of a removal that does not come to its end nothing is left that is a template', async () => {
  await createTemplate(options());
  const gone: string[] = [];
  const watcher = watch(join(root, 'template'), (_, name) => gone.push(`${name}`));
  await removeTemplate(join(root, 'template'));
  await vi.waitFor(() => expect(gone).toContain('state'));
  watcher.close();
  expect(gone[0]).toBe('template.json');
});

test('made in the background, removed while several are asked for: each gets a VM', async () => {
  const errors: unknown[] = [];
  await using base = templateWhenMade({ ...options(), poolSize: 0, onError: (error) => void errors.push(error) });
  await vi.waitFor(() => expect(base.made).toBe(true));
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  driver.gate = () => opened;
  const asked = Array.from({ length: 4 }, () => base.getBaseVm());
  await vi.waitFor(() => expect(driver.asked.filter(({ from }) => from)).toHaveLength(4));
  await removeTemplate(join(root, 'template'));
  open();
  const vms = await Promise.all(asked);
  expect(vms.map(({ guest }) => guest)).toEqual(Array(4).fill('booting'));
  for (const vm of vms) await vm[Symbol.asyncDispose]();
});

test('a guest that cannot be cloned is asked once', async () => {
  const errors: unknown[] = [];
  const unable = () => Promise.reject(new FactoryError('UNSUPPORTED', 'this guest cannot be cloned'));
  await using base = templateWhenMade({
    ...options(),
    guest: { ...options().guest, ready: unable },
    onError: (error) => void errors.push(error),
  });
  await vi.waitFor(() => expect(errors).toEqual([expect.objectContaining({ code: 'UNSUPPORTED' })]));
  const vm = await base.getBaseVm();
  expect(vm.guest).toBe('booting');
  await vm[Symbol.asyncDispose]();
  expect(driver.asked.filter(({ saveTo }) => saveTo)).toHaveLength(1);
  expect(base.made).toBe(false);
});
