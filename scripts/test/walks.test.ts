import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { inRoot } from '../lib/paths.mjs';

/** A path of this repository in backticks; `<…>` stands for a name of the reader's. */
const PATH =
  /`((?:packages|proto|scripts|docs|bench|supervisor|cli|server|factory|driver-qemu|guest|timeline)\/[\w./-]+)`/g;

test.each([
  'CONTRIBUTING.md',
  'docs/design.md',
  'README.md',
  'packages/supervisor/README.md',
  'packages/cli/README.md',
])('every path that %s names exists', async (page) => {
  const text = await readFile(inRoot(page), 'utf8');
  const named = [...text.matchAll(PATH)].map(([, path = '']) => path);
  const missing = named.filter((path) => !existsSync(inRoot(path)) && !existsSync(inRoot('packages', path)));
  expect(missing).toEqual([]);
});

test('each of the four walks names its files', async () => {
  const [, walks = ''] = (await readFile(inRoot('CONTRIBUTING.md'), 'utf8')).split('## Four walks');
  const [text = ''] = walks.split('\n## ');
  const count = text
    .split('**Where')
    .slice(1)
    .map((walk) => [...walk.matchAll(PATH)].length);
  expect(count).toHaveLength(4);
  expect(Math.min(...count)).toBeGreaterThanOrEqual(3);
});

test('every test that SPECIFICATION.md names exists', async () => {
  const text = await readFile(inRoot('SPECIFICATION.md'), 'utf8');
  const named = [...text.matchAll(/\bpackages\/[\w./-]*\w/g)].map(([path]) => path);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(inRoot(path)))).toEqual([]);
});
