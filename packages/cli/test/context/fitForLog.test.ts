/** What the daemon's log makes of what guests and clients have given. */
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { LOG_LINE_BYTES, LOG_TEXT_BYTES } from '../../src/base/limits.ts';
import { fitForLog, fitText } from '../../src/context/fitForLog.ts';

test('ids with line feeds, escape sequences and turned writing are escaped, as values and as names', () => {
  expect(fitForLog({ id: 'a\nb', call: '\x1b[2J\x9b', '\u202e': ['\u2028', { deep: '\0' }] })).toEqual({
    id: 'a\\x0ab',
    call: '\\x1b[2J\\x9b',
    '\\u{202e}': ['\\u{2028}', { deep: '\\x00' }],
  });
});

test('200 KB in a message are cut, and their length is said; the stack is only frames', () => {
  const forged = `x\n    at forged (/forged.js:1:1)\n${'é'.repeat(200_000)}`;
  const { err } = fitForLog({ err: new TypeError(forged) }) as {
    err: { message: string; stack: string[]; type: string };
  };
  expect(err.type).toBe('TypeError');
  expect(err.message).toMatch(/^x\\x0a {4}at forged .*é… \(2000\d\d characters\)$/);
  expect(Buffer.byteLength(err.message)).toBeLessThan(LOG_TEXT_BYTES + 40);
  expect(err.stack.length).toBeGreaterThan(0);
  expect(err.stack.join()).toContain('fitForLog.test.ts');
  expect(err.stack.join()).not.toContain('forged');
});

test('an error has its code and its causes, and not the arguments of a program', () => {
  const inner = Object.assign(new Error('no such file'), { code: 'ENOENT', spawnargs: ['--password', 'secret'] });
  const { err } = fitForLog({ err: new Error('outer', { cause: inner }) }) as { err: object };
  expect(err).toMatchObject({ message: 'outer', cause: { message: 'no such file', code: 'ENOENT' } });
  expect(JSON.stringify(err)).not.toContain('secret');
});

test('a circle, a crowd and what JSON does not have end somewhere', () => {
  const circle: Record<string, unknown> = { bytes: Buffer.from('secret'), big: 1n, call: () => {}, when: new Date(0) };
  circle.self = circle;
  const fitted = fitForLog({ circle, many: Array.from({ length: 1000 }, (_, index) => index) });
  expect(fitted.many).toHaveLength(51);
  expect(fitted.circle).toMatchObject({ bytes: '6 bytes', big: '1', when: '1970-01-01T00:00:00.000Z' });
  expect(JSON.stringify(fitted).length).toBeLessThan(2000);
});

test('whatever the fields, a line is bounded and its texts are plain', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => text.repeat(100));
  const fields = fc.dictionary(fc.string({ unit: 'binary' }), fc.oneof(texts, fc.array(texts), fc.object()));
  fc.assert(
    fc.property(fields, (given) => {
      const line = JSON.stringify(fitForLog(given));
      // Quotes and backslashes are written as two.
      expect(Buffer.byteLength(line)).toBeLessThan(3 * LOG_LINE_BYTES);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
    { seed: inject('fuzzSeed'), numRuns: 200 },
  );
});

test('a text that is fit stays what it is', () => {
  expect(fitText('grüße, 世界 "quoted"')).toBe('grüße, 世界 "quoted"');
  expect(fitText('x'.repeat(LOG_TEXT_BYTES))).toBe('x'.repeat(LOG_TEXT_BYTES));
});
