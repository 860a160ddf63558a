import { expect, test } from 'vitest';
import { timestampNow } from '../../src/events/timestamp.ts';

test('timestamps have nanoseconds, are of now, and never stand still', () => {
  const before = Date.now();
  const stamps = Array.from({ length: 10_000 }, timestampNow);
  for (const stamp of stamps) expect(stamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  expect([...new Set(stamps)].sort()).toEqual(stamps);
  expect(Date.parse(stamps[0] ?? '')).toBeGreaterThanOrEqual(before);
  expect(Date.parse(stamps.at(-1) ?? '')).toBeLessThanOrEqual(Date.now() + 1);
});
