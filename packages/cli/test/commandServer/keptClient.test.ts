import type { RunvClient } from '@runv/api';
import { expect, test } from 'vitest';
import { KeptClient } from '../../src/commandServer/keptClient.ts';

const UNAVAILABLE = Object.assign(new Error('the connection broke'), { code: 14 });

/** Clients whose calls do as told, with how many were opened and closed. */
function clients(calls: (() => Promise<unknown>)[]) {
  const count = { opened: 0, closed: 0 };
  const open = async () => {
    const call = calls[count.opened] as () => Promise<unknown>;
    count.opened += 1;
    if (!call) throw new Error('no descriptors are left');
    return {
      client: { state: call } as unknown as RunvClient,
      [Symbol.asyncDispose]: async () => {
        count.closed += 1;
      },
    };
  };
  return { count, kept: new KeptClient('/socket', open) };
}

test('a client is kept from one command to the next', async () => {
  const { count, kept } = clients([async () => 'state']);
  for (const _ of [1, 2]) {
    await using opened = await kept.open('/socket');
    expect(await opened.client.state({})).toBe('state');
  }
  expect(count).toEqual({ opened: 1, closed: 0 });
});

test('one whose connection broke is replaced by the next command, and closed when nobody uses it', async () => {
  const { count, kept } = clients([() => Promise.reject(UNAVAILABLE), async () => 'state']);
  const first = await kept.open('/socket');
  await expect(first.client.state({})).rejects.toBe(UNAVAILABLE);
  const second = await kept.open('/socket');
  expect(await second.client.state({})).toBe('state');
  expect(count).toEqual({ opened: 2, closed: 0 });
  await first[Symbol.asyncDispose]();
  expect(count.closed).toBe(1);
});

test('one that could not be opened is opened again', async () => {
  let fails = true;
  const kept = new KeptClient('/socket', async () => {
    if (fails) throw new Error('no descriptors are left');
    return { client: { state: async () => 'state' } as unknown as RunvClient, [Symbol.asyncDispose]: async () => {} };
  });
  await expect(kept.open('/socket')).rejects.toThrow('no descriptors');
  fails = false;
  expect(await (await kept.open('/socket')).client.state({})).toBe('state');
});
