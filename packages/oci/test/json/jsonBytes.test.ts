import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { decodeJsonBytes } from '../../src/json/decodeJsonBytes.ts';
import { encodeJsonBytes } from '../../src/json/encodeJsonBytes.ts';

test('text that is UTF-8 comes as it is', () => {
  for (const text of ['', 'plain', 'é 日本 💀\u{1f480}']) expect(decodeJsonBytes(Buffer.from(text))).toBe(text);
});

test.each([
  ['a byte that begins nothing', [0x61, 0xff, 0x62], 'a\udcffb'],
  ['a character cut short', [0xe6, 0x97], '\udce6\udc97'],
  ['a character cut short, and a whole one', [0xe6, 0x97, 0xc3, 0xa9], '\udce6\udc97é'],
  ['a long way to write a slash', [0xc0, 0xaf], '\udcc0\udcaf'],
  ['half a surrogate pair', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
  ['beyond Unicode', [0xf5, 0x80, 0x80, 0x80], '\udcf5\udc80\udc80\udc80'],
])('%s is kept byte by byte', (_, bytes, text) => {
  expect(decodeJsonBytes(Buffer.from(bytes))).toBe(text);
  expect(encodeJsonBytes(text)).toEqual(Buffer.from([0x22, ...bytes, 0x22]));
});

test('a backslash before what looks like an escape stays a backslash', () => {
  for (const text of ['\\udc80', '\\\\udc80', '\\\udc80', 'a\\', '\u{1f480}', '"\\udcff"']) {
    const bytes = encodeJsonBytes({ [text]: [text] });
    expect(JSON.parse(decodeJsonBytes(bytes))).toEqual({ [text]: [text] });
  }
});

test('any bytes but 0, written as JSON, come back as the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ min: 1, maxLength: 29, size: 'max' }), (bytes) => {
      const written = Buffer.concat([Buffer.from('["'), ...[...bytes].map(asInJson), Buffer.from('"]')]);
      const value = JSON.parse(decodeJsonBytes(written));
      expect(encodeJsonBytes(value)).toEqual(written);
    }),
    { seed: inject('fuzzSeed'), numRuns: 3000 },
  );
});

test('what JSON cannot represent is refused', () => {
  expect(() => encodeJsonBytes(undefined)).toThrow(TypeError);
});

// The way JSON.stringify writes it, so that the comparison is of bytes.
function asInJson(byte: number): Buffer {
  return byte < 0x80 ? Buffer.from(JSON.stringify(String.fromCharCode(byte)).slice(1, -1)) : Buffer.of(byte);
}
