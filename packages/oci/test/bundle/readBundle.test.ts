import { execFileSync } from 'node:child_process';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readBundle } from '../../src/bundle/readBundle.ts';
import { MAX_DEPTH } from '../../src/json/depth.ts';
import { defaultSpec } from '../../src/spec/defaultSpec.ts';
import type { Spec } from '../../src/spec/types.ts';
import { makeBundle, tempDir } from '../support/bundle.ts';

function json(change: (spec: Spec) => void): string {
  const spec = defaultSpec();
  change(spec);
  return JSON.stringify(spec);
}

test('a bundle is its real path, its spec, and its root file system', async () => {
  const bundle = await makeBundle();
  const link = path.join(await tempDir(), 'link');
  await symlink(bundle, link);
  expect(await readBundle(link)).toEqual({ path: bundle, spec: defaultSpec(), rootfs: path.join(bundle, 'rootfs') });
});

test('the root file system may be elsewhere, by an absolute or a relative path', async () => {
  const elsewhere = await tempDir();
  const absolute = await makeBundle(
    json((spec) => {
      spec.root.path = elsewhere;
    }),
  );
  expect((await readBundle(absolute)).rootfs).toBe(elsewhere);
  const relative = await makeBundle(
    json((spec) => {
      spec.root.path = `../${path.basename(elsewhere)}`;
    }),
  );
  expect((await readBundle(relative)).rootfs).toBe(elsewhere);
});

test('an argument may be any bytes but 0', async () => {
  const bytes = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1));
  const spec = Buffer.from(
    json((it) => {
      it.process.args = ['echo', '@'];
    }),
  );
  const at = spec.indexOf('"@"') + 1;
  const written = Buffer.concat([...bytes].map((byte) => (byte >= 0x80 ? Buffer.of(byte) : escaped(byte))));
  const bundle = await makeBundle(Buffer.concat([spec.subarray(0, at), written, spec.subarray(at + 1)]));
  const arg = (await readBundle(bundle)).spec.process.args[1] ?? '';
  expect([...arg].map((character) => character.charCodeAt(0) & 0xff)).toEqual([...bytes]);
});

function escaped(byte: number): Buffer {
  return Buffer.from(JSON.stringify(String.fromCharCode(byte)).slice(1, -1));
}

test('a bundle that is missing or no directory is NOT_FOUND', async () => {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'file'), '');
  for (const name of ['missing', 'file', 'file/below']) {
    const bundle = path.join(dir, name);
    await expect(readBundle(bundle)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(bundle),
    });
  }
});

test('a bundle without a config.json, or with something else of that name, is NO_CONFIG', async () => {
  const bundle = await tempDir();
  const config = path.join(bundle, 'config.json');
  const wanted = { code: 'NO_CONFIG', message: expect.stringContaining(config) };
  await expect(readBundle(bundle)).rejects.toMatchObject(wanted);
  await mkdir(config);
  await expect(readBundle(bundle)).rejects.toMatchObject(wanted);
  await rm(config, { recursive: true });
  execFileSync('mkfifo', [config]);
  await expect(readBundle(bundle)).rejects.toMatchObject(wanted);
});

test('a config.json of a thousand megabytes is not read', async () => {
  const bundle = await makeBundle();
  await truncate(path.join(bundle, 'config.json'), 1_000_000_000);
  await expect(readBundle(bundle)).rejects.toMatchObject({ code: 'TOO_LARGE' });
});

test.each([
  [
    '{\n  "ociVersion": "1.0.2",\n  "process": {"args": [1,, 2]}\n}',
    'line 3, column 26: expected a value, found ", 2]}"',
  ],
  ['', 'line 1, column 1: expected a value, found nothing'],
  ['{"a": 1', `line 1, column 8: expected ',' or '}', found nothing`],
])('config.json that is no JSON is NOT_JSON and says where: %j', async (config, message) => {
  const bundle = await makeBundle(config);
  await expect(readBundle(bundle)).rejects.toMatchObject({
    code: 'NOT_JSON',
    message: `${bundle}/config.json: ${message}`,
  });
});

test.each([
  ['[', 15_000_000],
  ['{"a":', 3_000_000],
  ['["\\"[",', 2_000_000],
])('megabytes of %j are INVALID, at once', async (text, times) => {
  const bundle = await makeBundle(text.repeat(times));
  await expect(readBundle(bundle)).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('levels of nesting, found more'),
  });
});

test('brackets in strings are no depth, and as many lists as may be are not too deep', async () => {
  const lists = `${'['.repeat(MAX_DEPTH - 1)}"${'[{'.repeat(1000)}\\"["${']'.repeat(MAX_DEPTH - 1)}`;
  const bundle = await makeBundle(`{"deep": ${lists}}`);
  await expect(readBundle(bundle)).rejects.toThrow(/ is missing: expected/);
});

test('a spec that is wrong is INVALID, in one line', async () => {
  const bundle = await makeBundle('[]');
  await expect(readBundle(bundle)).rejects.toMatchObject({
    code: 'INVALID',
    message: `${bundle}/config.json: the whole file: expected an object, found a list of 0`,
  });
});

test('a spec nested a million deep is INVALID', async () => {
  const bundle = await makeBundle(`{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`);
  await expect(readBundle(bundle)).rejects.toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('nesting'),
  });
});

test('a root file system that is missing or no directory is NO_ROOTFS', async () => {
  const bundle = await makeBundle();
  const rootfs = path.join(bundle, 'rootfs');
  const wanted = { code: 'NO_ROOTFS', message: expect.stringContaining(rootfs) };
  await rm(rootfs, { recursive: true });
  await expect(readBundle(bundle)).rejects.toMatchObject(wanted);
  await writeFile(rootfs, '');
  await expect(readBundle(bundle)).rejects.toMatchObject(wanted);
});

test('an abort ends it with the signal’s reason', async () => {
  const bundle = await makeBundle();
  const reason = new Error('enough');
  await expect(readBundle(bundle, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const abort = new AbortController();
  const reading = readBundle(bundle, { signal: abort.signal });
  abort.abort(reason);
  await expect(reading).rejects.toBe(reason);
});
