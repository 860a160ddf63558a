import { expect, test } from 'vitest';
import { type Position, positionFrom } from '../../src/position.ts';
import { collect, events, numbers, openLog, tempDir } from '../support/events.ts';

test('a position that was stored goes on where it was', async () => {
  const log = await openLog(await tempDir());
  await Promise.all(events(10).map((each) => log.append(each)));
  for (const { event, next, position } of await collect(log.read({ from: 'start' }))) {
    const stored = JSON.stringify({ next, position });
    const { next: after, position: at } = JSON.parse(stored);
    expect(numbers(await collect(log.read({ from: positionFrom(after) })))[0]).toBe(
      event.n === 9 ? undefined : event.n + 1,
    );
    expect(numbers(await collect(log.read({ from: positionFrom(at) })))[0]).toBe(event.n);
  }
});

test.each([1, 5, 1e9, -1, 0.5, Number.NaN])('position %s, where no event begins, is refused', async (position) => {
  const log = await openLog(await tempDir());
  await Promise.all(events(3).map((each) => log.append(each)));
  await expect(collect(log.read({ from: position as Position }))).rejects.toMatchObject({ code: 'INVALID_POSITION' });
});

test('what is no whole number is no position', () => {
  expect(positionFrom(0)).toBe(0);
  for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) {
    expect(() => positionFrom(value)).toThrow(expect.objectContaining({ code: 'INVALID_POSITION' }));
  }
});
