/** Phases that are watched without a trace. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type ObservedPhase, observePhases, phase, serve } from '../src/index.ts';

test('each phase and each call is told once, when it is over, and none afterwards', async () => {
  const seen: ObservedPhase[] = [];
  const failing = () => Promise.reject(new Error('no'));
  {
    using _ = observePhases((one) => seen.push(one));
    await serve('/types.API/State', undefined, () => phase('look', () => delay(20)));
    await expect(phase('fail', failing)).rejects.toThrow('no');
  }
  await phase('unseen', async () => {});
  expect(seen).toEqual([
    { kind: 'phase', name: 'look', durationMs: expect.any(Number), failed: false },
    { kind: 'call', name: '/types.API/State', durationMs: expect.any(Number), failed: false },
    { kind: 'phase', name: 'fail', durationMs: expect.any(Number), failed: true },
  ]);
  expect(seen[0]?.durationMs).toBeGreaterThan(15);
  expect(seen[1]?.durationMs).toBeGreaterThanOrEqual(seen[0]?.durationMs ?? 0);
});
