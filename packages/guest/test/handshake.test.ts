import { beforeAll, describe, expect, it } from 'vitest';
import { code, encodeMessage, jsonBytes } from './support/frames.ts';
import { buildHostProgram, TestGuest } from './support/testGuest.ts';

beforeAll(buildHostProgram, 300_000);

describe('the handshake', () => {
  it('answers GETVERSION with 4244 and what it can', async () => {
    await using guest = await TestGuest.start({ handshake: false });
    const { ok, payload } = await guest.call(code.GETVERSION);
    expect(ok).toBe(true);
    expect(payload.readUInt32BE(0)).toBe(4244);
    expect(JSON.parse(payload.subarray(4).toString())).toMatchObject({ runv: 2, window: 262144 });
    await guest.stop();
  });

  it('accounts for every byte of a base message with NEXT, however it is cut', async () => {
    await using guest = await TestGuest.start({ handshake: false });
    const message = encodeMessage(code.PING, Buffer.alloc(3000, 'p'));
    for (let at = 0; at < message.length; at += 512) {
      guest.sendRaw(message.subarray(at, at + 512));
      await new Promise(setImmediate);
    }
    const answer = await guest.message((found) => found.code === code.ACK);
    expect(answer.payload.length).toBe(3000);
    const taken = guest.messages
      .filter((found) => found.code === code.NEXT)
      .map((found) => found.payload.readUInt32BE(0));
    expect(taken.reduce((a, b) => a + b, 0)).toBe(message.length);
    await guest.stop();
  });

  it('answers base commands in order, each after the one before', async () => {
    await using guest = await TestGuest.start({ handshake: false });
    guest.send(code.STARTPOD, { hostname: 'pod', shareDir: 'share_dir' });
    guest.send(code.NEWCONTAINER, { id: 'a', image: 'c1', rootfs: 'rootfs', process: guest.process(['true']) });
    guest.send(code.PING, Buffer.from('after'));
    await guest.until(() =>
      guest.messages.filter((found) => found.code === code.ACK).length === 3 ? true : undefined,
    );
    const acks = guest.messages.filter((found) => found.code === code.ACK).map((found) => found.payload.toString());
    expect(acks).toEqual(['', expect.stringMatching(/^\{"pid":\d+\}$/), 'after']);
    await guest.stop();
  });

  it('takes more base commands than its buffer holds while one is under way', async () => {
    await using guest = await TestGuest.start({ handshake: false });
    await guest.call(code.STARTPOD, { hostname: 'pod', shareDir: 'share_dir' });
    guest.send(code.NEWCONTAINER, { id: 'a', image: 'c1', rootfs: 'rootfs', process: guest.process(['true']) });
    // A short one before each that fills the buffer: the last byte of the long one must still be read.
    for (let i = 0; i < 30; i++) guest.send(code.PING, Buffer.alloc(i % 2 ? 10_232 : 100, i));
    const acks = () => guest.messages.filter((found) => found.code === code.ACK);
    await guest.until(() => (acks().length === 31 ? true : undefined));
    expect(
      acks()
        .slice(1)
        .map((ack) => ack.payload[0]),
    ).toEqual(Array.from({ length: 30 }, (_, i) => i));
    await guest.stop();
  });

  it('speaks the extended framing after NEGOTIATE, with ids and without NEXT', async () => {
    await using guest = await TestGuest.start();
    guest.messages.length = 0;
    guest.send(code.PING, Buffer.alloc(100_000, 'x'), 77);
    const answer = await guest.message((found) => found.id === 77);
    expect(answer.code).toBe(code.ACK);
    expect(answer.payload.length).toBe(100_000);
    expect(guest.messages).toEqual([]);
    expect((await guest.call(code.NEGOTIATE, { runv: 2, window: 1 })).error.code).toBe('EXISTS');
    await guest.stop();
  });

  it('refuses a NEGOTIATE that it does not understand and stays in the base protocol', async () => {
    await using guest = await TestGuest.start({ handshake: false });
    expect((await guest.call(code.NEGOTIATE, { runv: 'x', window: 1 })).error.code).toBe('INVALID');
    expect((await guest.call(code.NEGOTIATE, { window: 1 })).error.code).toBe('INVALID');
    expect((await guest.call(code.NEGOTIATE, { runv: 2 })).error.code).toBe('INVALID');
    expect((await guest.call(code.NEGOTIATE, { runv: 1, window: 1 })).error.code).toBe('INVALID');
    expect((await guest.call(code.NEGOTIATE, { runv: 3, window: 1 })).error.code).toBe('INVALID');
    expect((await guest.call(code.PING)).ok).toBe(true);
    await guest.stop();
  });

  it('powers off when the framing is lost', async () => {
    await using guest = await TestGuest.start();
    guest.sendRaw(encodeMessage(code.PING, Buffer.alloc(0), 5).fill(0, 4, 8));
    const { exitCode, stderr } = await guest.ended();
    expect(exitCode).toBe(70);
    expect(stderr).toContain('the framing is lost');
  });

  it('refuses STARTPOD with another share, containers without a pod, and what it does not know', async () => {
    await using guest = await TestGuest.start({ handshake: false });
    await guest.call(code.GETVERSION);
    await guest.negotiate(65536);
    expect((await guest.container('a', ['true'])).answer.error.code).toBe('INVALID');
    expect((await guest.call(code.STARTPOD, {})).ok).toBe(true);
    expect((await guest.call(code.STARTPOD, { hostname: 'late', shareDir: 'share_dir' })).ok).toBe(true);
    expect((await guest.call(code.STARTPOD, { shareDir: 'other' })).error.code).toBe('EXISTS');
    for (const token of ['12', 'x'.repeat(32), 5])
      expect((await guest.call(code.STARTPOD, { shareDir: 'share_dir', token })).error.code).toBe('INVALID');
    expect((await guest.call(999)).error).toEqual({ code: 'INVALID', message: 'there is no command 999' });
    expect((await guest.call(code.SETUPINTERFACE, {})).error.code).toBe('INVALID');
    await guest.stop();
  });
});

describe('an older guest', () => {
  it.each([
    [622, false],
    [4242, true],
    [4244, true],
  ])('of version %i answers GETVERSION as that did', async (version, known) => {
    await using guest = await TestGuest.start({ version });
    const answer = await guest.call(code.GETVERSION);
    expect(answer.ok).toBe(known);
    if (known) expect(answer.payload).toEqual(Buffer.from([0, 0, version >> 8, version & 255]));
    expect((await guest.negotiate(1)).ok).toBe(false);
    await guest.stop();
  });

  it.each([
    [622, true],
    [4242, true],
    [4244, false],
  ])('of version %i reports an exec by frame: %s', async (version, byFrame) => {
    await using guest = await TestGuest.start({ version });
    const init = await guest.container('a', ['cat']);
    const exec = await guest.exec('a', 'e1', ['sh', '-c', 'echo out; exit 5'], { id: undefined });
    expect(exec.answer.ok).toBe(true);
    if (byFrame) {
      const frame = await guest.until(() =>
        guest.frames.find((f) => f.session === exec.stdio && f.data.equals(Buffer.of(5))),
      );
      expect(guest.frames.indexOf(frame)).toBe(guest.frames.findLastIndex((f) => f.session === exec.stdio));
      expect(guest.endsOf(exec.stdio)).toBe(1);
      expect(guest.endsOf(exec.stderr)).toBe(1);
    } else {
      const event = await guest.message((found) => found.code === code.PROCESSASYNCEVENT);
      expect(JSON.parse(event.payload.toString())).toMatchObject({ container: 'a', event: 'finished', status: 5 });
    }
    guest.closeStdin(init.stdio);
    await guest.until(() =>
      guest.frames.find((frame) => frame.session === init.stdio && frame.data.equals(Buffer.of(0))),
    );
    expect(guest.messages.filter((found) => found.code === code.PROCESSASYNCEVENT)).toEqual([]);
    await guest.stop();
  });

  it('refuses STARTPOD twice', async () => {
    await using guest = await TestGuest.start({ version: 4244 });
    expect((await guest.call(code.STARTPOD, { hostname: 'pod', shareDir: 'share_dir' })).error.code).toBe('EXISTS');
    await guest.stop();
  });

  it('takes messages of up to 10,240 bytes', async () => {
    await using guest = await TestGuest.start({ version: 4244 });
    expect((await guest.call(code.PING, Buffer.alloc(10_232))).ok).toBe(true);
    guest.sendRaw(encodeMessage(code.PING, jsonBytes('x'.repeat(20_000))));
    expect((await guest.ended()).exitCode).toBe(70);
  });
});
