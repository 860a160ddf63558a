import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { LIMITS_PAGE, limitsIn, limitsPage } from '../lib/limits.mjs';
import { inRoot } from '../lib/paths.mjs';

test(`${LIMITS_PAGE} has the limits of the sources (pnpm limits writes them)`, async () => {
  expect(await readFile(inRoot(LIMITS_PAGE), 'utf8')).toBe(await limitsPage());
});

test('a limit is a constant whose comment says what happens when it is reached', () => {
  const source = [
    '/**',
    ' * The longest',
    ' * name.',
    ' *',
    ' * @reached the call',
    ' * fails',
    ' */',
    'export const NAME_BYTES = 4 << 10;',
    '/** No limit. */',
    'export const OTHER = 3;',
  ].join('\n');
  expect(limitsIn(source)).toEqual([
    { name: 'NAME_BYTES', value: 4096, about: 'The longest name.', reached: 'the call fails' },
  ]);
});
