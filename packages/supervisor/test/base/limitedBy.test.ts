import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { limitedBy } from '../../src/base/limitedBy.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

test('ends with the other signal, and with its reason', () => {
  const other = new AbortController();
  const signal = limitedBy(60_000, other.signal);
  other.abort(new Error('changed my mind'));
  expect(signal.reason).toEqual(new Error('changed my mind'));
});

test('ends after its time, whatever was collected meanwhile', async () => {
  const signal = limitedBy(50, new AbortController().signal);
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
  // What was made in this turn is held until its end.
  await setImmediate();
  collectGarbage();
  await aborted;
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
});
