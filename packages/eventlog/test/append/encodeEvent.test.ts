import { expect, test } from 'vitest';
import { encodeEvent } from '../../src/append/encodeEvent.ts';

test('an event is one line of UTF-8, whatever its strings hold', () => {
  const event = { text: 'a\nb\r\u2028\ud800 ü 💀\0' };
  const line = encodeEvent(event, 1000);
  expect(line).toBe(`${JSON.stringify(event)}\n`);
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(Buffer.from(line).toString())).toEqual(event);
});

test('what JSON cannot represent is refused', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  for (const value of [undefined, () => 1, 1n, circle]) {
    expect(() => encodeEvent(value, 1000)).toThrow(expect.objectContaining({ code: 'INVALID_EVENT' }));
  }
});

test('an event that no reader would accept for its length is refused', () => {
  expect(encodeEvent('é'.repeat(4), 10)).toBe(`"éééé"\n`);
  expect(() => encodeEvent('é'.repeat(5), 10)).toThrow(expect.objectContaining({ code: 'INVALID_EVENT' }));
});
