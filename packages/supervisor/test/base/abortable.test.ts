import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { abortable } from '../../src/base/abortable.ts';

const why = new Error('given up');
const never = new Promise<string>(() => {});

test('gives what the work does', async () => {
  const { signal } = new AbortController();
  expect(await abortable(Promise.resolve('done'), { signal })).toBe('done');
  await expect(abortable(Promise.reject(why), { signal })).rejects.toBe(why);
});

test('work that does not end is waited for no longer than its grace', async () => {
  const abort = new AbortController();
  const waiting = abortable(never, { signal: abort.signal, graceMs: 20 });
  abort.abort(why);
  await expect(waiting).rejects.toBe(why);
  await expect(abortable(never, { signal: AbortSignal.abort(why) })).rejects.toBe(why);
});

test('the error of work that ends within its grace counts', async () => {
  const own = new Error('undone');
  const abort = new AbortController();
  const work = delay(10).then(() => Promise.reject(own));
  const waiting = abortable(work, { signal: abort.signal, graceMs: 10_000 });
  abort.abort(why);
  await expect(waiting).rejects.toBe(own);
});

test('what comes late is handed over', async () => {
  let come = (_: string) => {};
  const work = new Promise<string>((resolve) => {
    come = resolve;
  });
  const late = new Promise<string>((resolve) => {
    abortable(work, { signal: AbortSignal.abort(why), late: resolve }).catch(() => {});
  });
  await delay(1);
  come('late');
  expect(await late).toBe('late');
});
