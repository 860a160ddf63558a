import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VmOptions } from '@runv/hypervisor';
import { children, descriptors } from '@runv/hypervisor/conformance';
import { openSpawner } from '@runv/spawner';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createVm, type Qemu } from '../../src/machine/createVm.ts';

let root: string;
let options: VmOptions;
let open: string[];

/** What forks for this process, for as long as that runs. */
let kept: string[];
beforeAll(async () => {
  await openSpawner();
  kept = await children();
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'start-'));
  await mkdir(join(root, 'vm'));
  await writeFile(join(root, 'file'), '');
  const boot = { cpus: 1, memoryMiB: 128, hotAddCpuMem: false, kernel: join(root, 'file'), initrd: join(root, 'file') };
  options = { id: 'vm1', dir: join(root, 'vm'), boot, shares: [], channels: ['a.0'] };
  open = await descriptors();
});
afterEach(async () => {
  expect(await children()).toEqual(kept);
  await expect.poll(descriptors).toEqual(open);
  expect((await readdir(join(root, 'vm'))).filter((name) => name !== 'qemu.log')).toEqual([]);
  await rm(root, { recursive: true });
});

/** A program that stands where QEMU should. */
async function program(script: string): Promise<Qemu> {
  const executable = join(root, 'qemu');
  await writeFile(executable, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { version: '7.0.0', executable, accelerator: 'tcg' };
}

test('one that refuses an option is quoted at once', async () => {
  const info = await program('echo first >&2; echo "-sandbox: not compiled in" >&2; exit 1');
  const began = performance.now();
  await expect(createVm(info, options, 60_000)).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringMatching(
      /VM vm1 did not start: QEMU ended with status 1; its last words: first \| -sandbox: not compiled in/,
    ),
  });
  expect(performance.now() - began).toBeLessThan(5000);
});

test('one that is killed while it starts, or ends without a word, is named so', async () => {
  // By the kernel, at the end of its CPU time.
  const killed = await program('ulimit -t 1; while :; do :; done');
  await expect(createVm(killed, options, 60_000)).rejects.toThrow('QEMU ended with SIGKILL');
  await expect(createVm(await program('exit 0'), options, 60_000)).rejects.toThrow('QEMU ended with status 0');
});

test('one that never comes up is ended at the limit', async () => {
  const info = await program('exec sleep 1000');
  await expect(createVm(info, options, 100)).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringContaining('within 100 ms'),
  });
});

test('one that dies before its monitor has said a word is a failed start too', async () => {
  await expect(
    createVm(await program('i=0; while [ $i -lt 50000 ]; do i=$((i + 1)); done; exit 7'), options, 60_000),
  ).rejects.toThrow('status 7');
});

test('one that cannot be run says why', async () => {
  const info = { ...(await program('')), executable: join(root, 'gone') };
  await expect(createVm(info, options, 60_000)).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringMatching(/gone cannot be run: running .*gone: No such file/),
  });
});

test('an abort ends one that hangs', async () => {
  const abort = new AbortController();
  const starting = createVm(await program('exec sleep 1000'), { ...options, signal: abort.signal }, 60_000);
  const reason = new Error('enough');
  await expect.poll(children, { interval: 1 }).not.toEqual(kept);
  abort.abort(reason);
  await expect(starting).rejects.toBe(reason);
});

test.each<[string, Partial<VmOptions>, string]>([
  ['an id that is a path', { id: '../x' }, '../x'],
  ['a relative directory', { dir: 'vm' }, "'vm' is not absolute"],
  ['a channel named twice', { channels: ['a.0', 'a.0'] }, 'named twice'],
])('%s is refused', async (_, more, words) => {
  const info = await program('exit 1');
  await expect(createVm(info, { ...options, ...more }, 1000)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining(words),
  });
});

test.each([0, 1.5, 256])('%s CPUs are refused', async (cpus) => {
  const info = await program('exit 1');
  await expect(createVm(info, { ...options, boot: { ...options.boot, cpus } }, 1000)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
  });
});

test('more memory than the host has is refused', async () => {
  const info = await program('exit 1');
  await expect(
    createVm(info, { ...options, boot: { ...options.boot, memoryMiB: 2 ** 30 } }, 1000),
  ).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringMatching(/^1073741824 MiB of memory: this host has \d+$/),
  });
});
