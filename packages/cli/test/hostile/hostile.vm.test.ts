/**
 * Guests that play tricks on the daemon. After each trick another pod of the same daemon is as well as before.
 *
 * `RUNV_TEST_FULL=1` plays all of them, also those that last as long as a time limit; without it some are played.
 */
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Arena } from './arena.ts';
import { TRICKS, type Trick } from './tricks.ts';

const isFull = process.env.RUNV_TEST_FULL === '1';
const played = TRICKS.filter((trick) => (isFull ? !trick.slow : trick.short));
const slow = TRICKS.filter((trick) => isFull && trick.slow);

/** Guests that wait for a time limit keep no CPU busy; those that boot do. */
const AT_A_TIME = 4;

let arena: Arena;
beforeAll(async () => {
  arena = await Arena.open(['--boot-timeout', '8']);
});
afterAll(async () => {
  await arena[Symbol.asyncDispose]();
  console.info(`${arena.played} of ${TRICKS.length} tricks were played (RUNV_TEST_FULL=1 plays all)`);
});

describe('a hostile guest harms nobody else', () => {
  test.each(played)('$name', async (trick) => {
    await arena.play(trick);
    await arena.isClean();
  });

  // A test that is skipped counts as failed, so there is none.
  if (slow.length === 0) return;
  test('tricks that last as long as a time limit', { timeout: 900_000 }, async () => {
    const left = [...slow];
    const playNext = async (): Promise<void> => {
      for (let trick = left.shift(); trick; trick = left.shift()) await named(trick);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, playNext));
    await arena.isClean();
  });
});

async function named(trick: Trick): Promise<void> {
  await arena.play(trick).catch((error: unknown) => {
    throw new Error(`the trick "${trick.name}" went wrong`, { cause: error });
  });
}

describe('a guest that stands still', () => {
  test('is ended by delete --force within the grace', async () => {
    const { client } = arena.daemon;
    await arena.healthy('stopped');
    const { containers } = await client.state({ id: 'stopped' });
    process.kill(containers[0]?.processes[0]?.systemPid ?? 0, 'SIGSTOP');
    const begun = performance.now();
    await client.delete({ id: 'stopped', force: true });
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(await arena.isGone('stopped')).toBe(true);
    await arena.isClean();
  });

  test('while it is created is given up by a delete, and by its client, and the id is free again', async () => {
    const { client } = arena.daemon;
    const { id, bundlePath } = await arena.bundle('at 1\nsilent\n');
    for (const giveUp of [
      (_: AbortController) => client.delete({ id, force: true }),
      async (cancel: AbortController) => cancel.abort(),
    ]) {
      const cancel = new AbortController();
      const create = client.createContainer({ id, bundlePath }, { signal: cancel.signal }).catch((error) => error.code);
      await expect.poll(() => arena.vms()).toBe(2);
      await giveUp(cancel);
      expect(await create).toSatisfy((code) => code === status.ABORTED || code === status.CANCELLED);
    }
    // Its rootfs has no trick any more: the guest is ours.
    const again = await client.createContainer({ id, bundlePath: await arena.sleeping() });
    expect(again.container?.status).toBe('running');
    await client.delete({ id, force: true });
    await arena.isClean();
  });

  test('a start whose time is up frees its turn: the next one boots', async () => {
    const creates = Array.from({ length: 3 }, async () => {
      const request = await arena.bundle('at 1\nsilent\n');
      return await arena.daemon.client.createContainer(request).catch((error) => error.code);
    });
    const next = arena.healthy('next');
    expect(await Promise.all(creates)).toEqual(Array(3).fill(status.DEADLINE_EXCEEDED));
    await next;
    await arena.daemon.client.delete({ id: 'next', force: true });
    await arena.isClean();
  });
});
