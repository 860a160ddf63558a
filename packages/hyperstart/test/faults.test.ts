/** What a guest may do that no guest should: each time the session says so, and nothing waits for ever. */
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { CODE } from '../src/control/codes.ts';
import { json, message, RawGuest, stdioFrame } from './support/rawGuest.ts';
import { processSpec } from './support/specs.ts';

const SHORT_FRAME = Buffer.from('000000090000000300000000', 'hex');

describe('garbage from the guest', () => {
  test.each([
    ['a length that cannot be', SHORT_FRAME],
    ['an answer to nothing', message(CODE.ACK, Buffer.alloc(0), 99)],
    ['an event that is no JSON', message(CODE.PROCESSASYNCEVENT, Buffer.from('{'), 0)],
    ['an event of another kind', message(CODE.PROCESSASYNCEVENT, json({ container: 1 }), 0)],
  ])('on the control channel ends the session: %s', async (_, said) => {
    await using guest = await RawGuest.make();
    const session = await guest.openExtended();
    const waiting = session.ping();
    await guest.asked(CODE.PING);
    guest.control.write(said);
    await expect(waiting).rejects.toMatchObject({ name: 'GuestError', code: 'PROTOCOL' });
    expect(await session.closed).toMatchObject({ name: 'GuestError', code: 'PROTOCOL' });
    await expect(session.ping()).rejects.toMatchObject({ code: 'PROTOCOL' });
    await once(guest.control, 'close');
  });

  test('before the handshake is over fails it', async () => {
    await using guest = await RawGuest.make();
    const session = guest.open();
    guest.control.write(SHORT_FRAME);
    await expect(session).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  test.each([
    ['a length that cannot be', Buffer.alloc(12)],
    ['a mark of more stdin than was sent', stdioFrame(1n | (1n << 63n), Buffer.alloc(16, 1))],
    ['more than it may', stdioFrame(1n, Buffer.alloc(300_000))],
  ])('on the stdio channel ends the session: %s', async (_, said) => {
    await using guest = await RawGuest.make();
    const session = await guest.openExtended();
    const running = session.exec('c', processSpec('e', ['true']));
    guest.say(CODE.ACK, json({ pid: 2 }), await guest.asked(CODE.EXECCMD));
    const process = await running;
    guest.stdio.write(said);
    await expect(process.exited).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect((await session.closed).code).toBe('PROTOCOL');
    process.stdio.resume();
    await once(process.stdio, 'end');
  });

  test('an answer without the pid ends the session', async () => {
    await using guest = await RawGuest.make();
    const session = await guest.openExtended();
    const running = session.exec('c', processSpec('e', ['true']));
    guest.say(CODE.ACK, json({ pid: 'none' }), await guest.asked(CODE.EXECCMD));
    await expect(running).rejects.toMatchObject({ code: 'PROTOCOL' });
    expect(await session.closed).toMatchObject({
      message: expect.stringMatching(/^the guest broke the protocol: .*pid/),
    });
  });

  test('an error without a reason is a refusal', async () => {
    await using guest = await RawGuest.make();
    const session = await guest.openExtended();
    const ping = session.ping();
    guest.say(CODE.ERROR, Buffer.from('?'), await guest.asked(CODE.PING));
    await expect(ping).rejects.toMatchObject({ code: 'REFUSED', message: expect.stringContaining('PING') });
  });

  test("what is for nobody's stream is dropped: frames, marks", async () => {
    await using guest = await RawGuest.make();
    const session = await guest.openExtended();
    guest.stdio.write(
      Buffer.concat([stdioFrame(77n, Buffer.from('lost')), stdioFrame(77n | (1n << 63n), Buffer.alloc(16))]),
    );
    const ping = session.ping();
    guest.say(CODE.ACK, Buffer.alloc(0), await guest.asked(CODE.PING));
    await ping;
  });
});

test('answers may come in any order', async () => {
  await using guest = await RawGuest.make();
  const session = await guest.openExtended();
  const order: string[] = [];
  const first = session.ping().then(() => order.push('first'));
  const firstId = await guest.asked(CODE.PING);
  const second = session.ping().then(() => order.push('second'));
  guest.say(CODE.ACK, Buffer.alloc(0), await guest.asked(CODE.PING));
  await second;
  guest.say(CODE.ACK, Buffer.alloc(0), firstId);
  await first;
  expect(order).toEqual(['second', 'first']);
});

test('a stdio channel that fails is the end of the VM, not of the program', async () => {
  await using guest = await RawGuest.make();
  const session = await guest.openExtended();
  guest.host.stdio.destroy(new Error('EPIPE'));
  expect(await session.closed).toMatchObject({ code: 'CLOSED', message: expect.stringContaining('stdio') });
});

test('what the guest says last is heard although its stdio channel has failed before', async () => {
  await using guest = await RawGuest.make();
  const session = await guest.openExtended();
  const ping = session.ping();
  const id = await guest.asked(CODE.PING);
  guest.host.stdio.destroy(new Error('EPIPE'));
  await new Promise((resolve) => guest.host.stdio.once('close', resolve));
  guest.say(CODE.ACK, Buffer.alloc(0), id);
  await ping;
});
