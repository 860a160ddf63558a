import { describe, expect, test } from 'vitest';
import { encodeJson } from '../../src/control/encodeJson.ts';

describe("the guest's JSON", () => {
  test('carries every byte raw that is no text', () => {
    const bytes = Buffer.from(Array.from({ length: 128 }, (_, index) => 128 + index));
    const raw = Array.from(bytes, (byte) => String.fromCharCode(0xdc00 + byte)).join('');
    expect(encodeJson({ raw })).toEqual(Buffer.concat([Buffer.from('{"raw":"'), bytes, Buffer.from('"}')]));
  });

  test('is plain JSON for every character of text', () => {
    const text = `${Array.from({ length: 0x300 }, (_, index) => String.fromCharCode(index)).join('')}…😀`;
    expect(JSON.parse(encodeJson({ text }).toString())).toEqual({ text });
  });

  test('leaves text alone that only looks like an escaped byte', () => {
    for (const text of ['\\udc80', '\\\\udc80', '\\\\\\udcff', '"\\udc80', '\\u005cudc80', 'udc80'])
      expect(JSON.parse(encodeJson([text]).toString())).toEqual([text]);
  });

  test('tells a raw byte from the backslashes and quotes before it', () => {
    const text = encodeJson(['\\\udc80', '\\\\\udcff', '"\udc90']);
    expect(text.toString('latin1')).toBe('["\\\\\x80","\\\\\\\\\xff","\\"\x90"]');
  });

  test('keeps a character whose second half looks like a byte', () => {
    const skull = '\u{1f480}';
    expect(skull.charCodeAt(1)).toBe(0xdc80);
    expect(JSON.parse(encodeJson([skull]).toString())).toEqual([skull]);
  });

  test('writes a number that a double cannot hold as its digits', () => {
    const text = encodeJson({ session: 7n, unlimited: 2n ** 64n - 1n }).toString();
    expect(text).toBe('{"session":7,"unlimited":18446744073709551615}');
  });
});
