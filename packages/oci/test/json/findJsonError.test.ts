import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { findJsonError } from '../../src/json/findJsonError.ts';

test.each([
  ['{"a": tru}', 1, 7, 'a value'],
  ['{"a": 1 "b": 2}', 1, 9, `',' or '}'`],
  ['{a: 1}', 1, 2, 'a field name in double quotes'],
  ['{"a" 1}', 1, 6, `':'`],
  ['{"a": 1,}', 1, 9, 'a field name in double quotes'],
  ['[1,\n 2,\n ]', 3, 2, 'a value'],
  ['[1]]', 1, 4, 'the end of the file'],
  ['["a\nb"]', 1, 2, 'a value'],
  ['"\\x"', 1, 1, 'a value'],
  ['\ufeff{}', 1, 1, 'a value'],
  ['', 1, 1, 'a value'],
])('%j', (text, line, column, expected) => {
  expect(findJsonError(text)).toMatchObject({ line, column, expected });
});

test('it agrees with JSON.parse on texts that were changed at random', () => {
  const base = '{"a": [1, -2.5e+3, true, null, {"b": "c\\n\\u00e9\x7f"}], "d": {}, "e": [[], "é💀"], "f": 0}';
  const piece = fc.constantFrom(...'{}[],:"\\0-e. \n\t\x01é', 'null', '\ud800');
  const change = fc.record({ at: fc.nat(), piece, removed: fc.nat(2) });
  const changes = fc.array(change, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(changes, (list) => {
      let text = base;
      for (const { at, piece, removed } of list) {
        const index = at % text.length;
        text = text.slice(0, index) + piece + text.slice(index + removed);
      }
      expect([text, findJsonError(text) === undefined]).toEqual([text, isJson(text)]);
    }),
    { seed: inject('fuzzSeed'), numRuns: 20_000 },
  );
});

test('nesting of any depth is walked', () => {
  expect(findJsonError('['.repeat(500_000))).toMatchObject({ column: 500_001 });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
