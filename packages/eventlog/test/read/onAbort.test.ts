import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { onAbort } from '../../src/read/onAbort.ts';

test('all who share a signal hear of its abort, once, except those who took it back', () => {
  const abort = new AbortController();
  const heard: number[] = [];
  const takeBack = Array.from({ length: 20 }, (_, n) => onAbort(abort.signal, () => heard.push(n)));
  takeBack[3]?.();
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
  abort.abort();
  abort.abort();
  expect(heard).toEqual(Array.from({ length: 20 }, (_, n) => n).filter((n) => n !== 3));
});
