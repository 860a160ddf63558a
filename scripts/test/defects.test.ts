/** docs/defects.md names the test of each defect: those that it names are there. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { inRoot } from '../lib/paths.mjs';

test('the tests that docs/defects.md names are there', async () => {
  const text = await readFile(inRoot('docs/defects.md'), 'utf8');
  const paths = [...text.matchAll(/`([a-z0-9-]+\/test[^`]*)`/g)].map(([, path = '']) => path.replace(/\/\*.*$/, ''));
  expect(paths.length).toBeGreaterThan(25);
  expect(paths.filter((path) => !existsSync(inRoot('packages', path)))).toEqual([]);
});
