import type { Supervisor } from '@runv/supervisor';
import { afterEach, expect, test, vi } from 'vitest';
import { idleFor } from '../../src/daemon/idleFor.ts';

afterEach(() => vi.useRealTimers());

test('ends after the time without a container, wherever the clock is set meanwhile', async () => {
  vi.useFakeTimers();
  const day = 86_400_000;
  let over = false;
  void idleFor({ idle: true } as Supervisor, 60_000, () => false).then(() => {
    over = true;
  });
  await vi.advanceTimersByTimeAsync(30_000);
  vi.setSystemTime(Date.now() + day);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(over).toBe(false);
  vi.setSystemTime(Date.now() - 2 * day);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(over).toBe(true);
});
