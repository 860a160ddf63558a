import { expect, test } from 'vitest';
import { eventTime, parseEvent } from '../../src/events/event.ts';

const START = { id: 'c1', type: 'start-container', timestamp: '2026-11-23T09:06:43.643571427Z' };

test('the lines that other programs write are events', () => {
  const exit = { id: 'c1', type: 'exit', timestamp: '2026-11-23T09:06:44.1Z', pid: 'init', status: 3 };
  const killed = { ...exit, status: 137, reason: 'User-mode Linux was killed by SIGKILL from outside' };
  expect(parseEvent(START)).toEqual(START);
  expect(parseEvent(exit)).toEqual(exit);
  expect(parseEvent(killed)).toEqual(killed);
  expect(eventTime(parseEvent(START))).toBe(Date.UTC(2026, 10, 23, 9, 6, 43, 643));
  expect(eventTime(parseEvent({ ...START, timestamp: '2026-11-23T10:06:43.643571427+01:00' }))).toBe(
    Date.UTC(2026, 10, 23, 9, 6, 43, 643),
  );
});

test.each([
  ['nothing', undefined],
  ['a type that there is not', { ...START, type: 'started' }],
  ['no id', { ...START, id: undefined }],
  ['no time', { ...START, timestamp: 'soon' }],
  ['a status that is no integer', { ...START, status: '3' }],
  ['a status below 0', { ...START, status: -1 }],
  ['a reason that is no text', { ...START, type: 'exit', reason: 1 }],
  ['a status above 255', { ...START, status: 2 ** 32 }],
])('%s is no event', (_, value) => {
  expect(() => parseEvent(value)).toThrow();
});
