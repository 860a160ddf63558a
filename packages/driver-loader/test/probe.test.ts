import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { probe } from '../src/index.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'probe-'));
});
afterEach(() => rm(cwd, { recursive: true }));

async function file(path: string, text: string): Promise<string> {
  await mkdir(dirname(join(cwd, path)), { recursive: true });
  await writeFile(join(cwd, path), text);
  return join(cwd, path);
}

/** The end of a driver's info. */
const REST = `machine: 'm', guest: 'pc', capabilities: { clone: false, growCpus: false, growMemory: false, memoryOnDemand: false, networks: false }`;

const DRIVER = `export async function createDriver(options) {
  const info = { name: 'mine', version: '1', executable: '/bin/true', accelerator: JSON.stringify(options), ${REST} };
  return { contract: 1, info, createVm: async () => { throw new Error('none'); }, recoverVm() {} };
}`;

test('a file by its path, relative to the working directory or absolute', async () => {
  const path = await file('drivers/mine.mjs', DRIVER);
  expect((await probe('./drivers/mine.mjs', { cwd })).info.name).toBe('mine');
  expect((await probe(path, { cwd: '/' })).info.name).toBe('mine');
});

test('options are passed on, the working directory is not', async () => {
  await file('mine.mjs', DRIVER);
  const given = { executable: '/opt/vmm', cacheDir: '/c', settings: { depth: '3' } };
  const { info } = await probe('./mine.mjs', { cwd, ...given });
  expect(JSON.parse(info.accelerator)).toEqual(given);
});

test.each([
  ['a string', '{"exports":"./lib/d.mjs"}'],
  ['conditions', '{"exports":{"types":"./x.d.ts","import":"./lib/d.mjs","default":"./none.js"}}'],
  ['subpaths', '{"exports":{".":{"node":{"import":"./lib/d.mjs"}},"./x":"./none.js"}}'],
  ['main', '{"main":"lib/d.mjs"}'],
])('a directory leads to its entry by %s', async (_, manifest) => {
  await file('dir/package.json', manifest);
  await file('dir/lib/d.mjs', DRIVER);
  expect((await probe('./dir', { cwd })).info.name).toBe('mine');
});

test('a package by its name, from any directory above', async () => {
  await file('node_modules/@me/driver/package.json', '{"type":"module"}');
  await file('node_modules/@me/driver/index.js', DRIVER);
  await mkdir(join(cwd, 'deep/er'), { recursive: true });
  expect((await probe('@me/driver', { cwd: join(cwd, 'deep/er') })).info.name).toBe('mine');
});

test('what is not there: each place that was looked at is named', async () => {
  await expect(probe('xen', { cwd })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringMatching(new RegExp(`no driver 'xen'.*qemu, kvm, qemu-kvm.*${cwd}/node_modules.*install`)),
  });
  await expect(probe('./xen', { cwd })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(join(cwd, 'xen')),
  });
  await expect(probe('a b', { cwd })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining("'a b' is not a driver's name"),
  });
});

test.each([
  ['a module that throws', 'throw new Error("no such device")', 'no such device'],
  ['a module without createDriver', 'export const x = 1', 'does not export a function createDriver'],
  ['a createDriver that is no function', 'export const createDriver = 1', 'does not export a function createDriver'],
  ['a driver that is nothing', 'export const createDriver = () => undefined', 'returned an invalid one'],
  [
    'a driver without createVm',
    `export const createDriver = () => ({ contract: 1, info: { name: 'x', version: '1', executable: '/x', accelerator: 'x', ${REST} } })`,
    'createVm',
  ],
  [
    'a driver without recoverVm',
    `export const createDriver = () => ({ contract: 1, info: { name: 'x', version: '1', executable: '/x', accelerator: 'x', ${REST} }, createVm() {} })`,
    'recoverVm',
  ],
  [
    'a driver of another contract',
    'export const createDriver = () => ({ contract: 9, info: {} })',
    'has version 9 of the hypervisor contract, and this runv 1',
  ],
  [
    'a driver with half its info',
    `export const createDriver = () => ({ contract: 1, info: { name: 'x' }, createVm() {} })`,
    'version',
  ],
])('%s is broken, and the file is named', async (_, text, words) => {
  const path = await file('broken.mjs', text);
  await expect(probe('./broken.mjs', { cwd })).rejects.toMatchObject({
    code: 'BROKEN',
    message: expect.stringContaining(words),
  });
  await expect(probe('./broken.mjs', { cwd })).rejects.toThrow(path);
});

test('a directory whose entry is missing, or whose package.json is not JSON, is broken', async () => {
  await file('unbuilt/package.json', '{"exports":"./dist/index.js"}');
  await expect(probe('./unbuilt', { cwd })).rejects.toMatchObject({
    code: 'BROKEN',
    message: expect.stringContaining('unbuilt/dist/index.js'),
  });
  await file('odd/package.json', '{');
  await expect(probe('./odd', { cwd })).rejects.toMatchObject({
    code: 'BROKEN',
    message: expect.stringContaining('package.json'),
  });
});

test('what a driver itself fails with comes through as it is', async () => {
  await file('fails.mjs', `export const createDriver = () => { throw new TypeError('mine alone'); }`);
  await expect(probe('./fails.mjs', { cwd })).rejects.toBeInstanceOf(TypeError);
});
