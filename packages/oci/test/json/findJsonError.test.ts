import { expect, test } from 'vitest';
import { findJsonError } from '../../src/json/findJsonError.ts';
import { random } from '../support/random.ts';

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
  const { below } = random();
  const base = '{"a": [1, -2.5e+3, true, null, {"b": "c\\n\\u00e9\x7f"}], "d": {}, "e": [[], "é💀"], "f": 0}';
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '0',
    '-',
    'e',
    '.',
    'null',
    ' ',
    '\n',
    '\t',
    '\x01',
    'é',
    '\ud800',
  ];
  for (let round = 0; round < 20_000; round++) {
    let text = base;
    for (let change = 0; change <= below(3); change++) {
      const at = below(text.length);
      text = text.slice(0, at) + (pieces[below(pieces.length)] ?? '') + text.slice(at + below(3));
    }
    expect([text, findJsonError(text) === undefined]).toEqual([text, isJson(text)]);
  }
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
