import { beforeAll, describe, expect, test } from 'vitest';
import { CODE } from '../src/control/codes.ts';
import { buildGuest, HostGuest } from './support/hostGuest.ts';
import { json, RawGuest } from './support/rawGuest.ts';

beforeAll(buildGuest, 300_000);

describe('the handshake', () => {
  test('agrees on the extended protocol with our guest', async () => {
    await using guest = await HostGuest.start();
    const session = await guest.session({ windowBytes: 1000 });
    expect(session.guest).toEqual({
      version: 4244,
      extended: true,
      kernel: expect.stringMatching(/^\d+\.\d+/),
      window: 262_144,
      ourWindow: 1000,
    });
    await session.ping();
    await session.destroyPod();
    await guest.endedWell();
  });

  test('stays in the base protocol with our guest when it is told to', async () => {
    await using guest = await HostGuest.start();
    const session = await guest.session({ negotiate: false });
    expect(session.guest).toMatchObject({ version: 4244, extended: false });
    await session.ping();
    await session.destroyPod();
    await guest.endedWell();
  });

  test.each([
    [622, 0],
    [4242, 4242],
    [4244, 4244],
  ])('takes a guest of version %i for one of %i, without extensions', async (version, known) => {
    await using guest = await HostGuest.start({ version });
    const session = await guest.session();
    expect(session.guest).toMatchObject({ version: known, extended: false, kernel: undefined });
    await session.ping();
    await session.destroyPod();
    await guest.endedWell();
  });

  test('does not wait for READY from a guest that has said it before', async () => {
    await using guest = await RawGuest.make();
    const session = guest.open({ guest: 'ready' });
    await guest.heard(CODE.GETVERSION);
    guest.say(CODE.ERROR);
    expect((await session).guest.version).toBe(0);
  });

  test('gives up a guest that never says READY, and one that does not answer', async () => {
    await using silent = await RawGuest.make();
    const timeout = { code: 'TIMEOUT', message: expect.stringContaining('0.02 s') };
    await expect(silent.open({ readyTimeoutMs: 20 })).rejects.toMatchObject(timeout);
    await using deaf = await RawGuest.make();
    deaf.say(CODE.READY);
    await expect(deaf.open({ readyTimeoutMs: 20 })).rejects.toMatchObject(timeout);
  });

  test('gives up when it is told to: before it begins, before READY, and after it', async () => {
    const reason = new Error('not needed any more');
    await using guest = await RawGuest.make();
    await expect(guest.open({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await using silent = await RawGuest.make();
    const first = new AbortController();
    const waiting = silent.open({ signal: first.signal });
    first.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await using deaf = await RawGuest.make();
    const second = new AbortController();
    const asking = deaf.open({ signal: second.signal });
    deaf.say(CODE.READY);
    await deaf.heard(CODE.GETVERSION);
    second.abort(reason);
    await expect(asking).rejects.toBe(reason);
  });

  test('fails at once when the VM ends before READY, and after it', async () => {
    await using guest = await RawGuest.make();
    const waiting = guest.open();
    guest.control.destroy();
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' });
    await using other = await RawGuest.make();
    const asking = other.open();
    other.say(CODE.READY);
    await other.heard(CODE.GETVERSION);
    other.control.destroy();
    await expect(asking).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('takes what is no JSON after the version for a breach of protocol', async () => {
    await using guest = await RawGuest.make();
    const session = guest.open();
    guest.say(CODE.READY);
    await guest.heard(CODE.GETVERSION);
    guest.say(CODE.ACK, Buffer.concat([VERSION, Buffer.from('{"runv":')]));
    await expect(session).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  test('speaks the base protocol with a guest whose extension it does not know', async () => {
    await using guest = await RawGuest.make();
    const session = guest.open();
    guest.say(CODE.READY);
    await guest.heard(CODE.GETVERSION);
    guest.say(CODE.ACK, Buffer.concat([VERSION, json({ runv: 2, window: 'large' })]));
    expect((await session).guest).toMatchObject({ version: 4244, extended: false });
  });
});

/** 4244 */
const VERSION = Buffer.of(0, 0, 16, 148);
