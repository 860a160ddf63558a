import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const PAGE = new URL('../../../docs/drivers.md', import.meta.url);
const SOURCES = new URL('../src/', import.meta.url);

/** A member of an interface, and a word of a union. */
const MEMBER = /^ {2}(?:readonly )?(\w+)\??[:(]/gm;
const WORD = /'([\w-]+)'(?= \||;)/g;

test('docs/drivers.md has each member of the contract, and each of its words', async () => {
  const page = await readFile(PAGE, 'utf8');
  const files = ['bootConfig.ts', 'driver.ts', 'errors.ts', 'network.ts', 'virtualMachine.ts'];
  expect(await readdir(SOURCES)).toEqual(expect.arrayContaining(files));
  const sources = await Promise.all(files.map((file) => readFile(new URL(file, SOURCES), 'utf8')));
  const names = [MEMBER, WORD].flatMap((pattern) =>
    sources.flatMap((source) => [...source.matchAll(pattern)].map(([, name = '']) => name)),
  );
  expect(names.length).toBeGreaterThan(60);
  const missing = names.filter((name) => name !== 'constructor' && !new RegExp(`\\b${name}\\b`).test(page));
  expect(missing).toEqual([]);
});
