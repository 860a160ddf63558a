import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { type StartedShim, startShim } from '../src/index.ts';
import { FakeDaemon, frame, TYPE } from './support/fakeDaemon.ts';
import { makePipe, readerOf } from './support/pipe.ts';
import { buildPrograms, SANITIZED } from './support/programs.ts';

const FRAMES = 20_000;
/** The longest payload that there is. */
const LONGEST = (64 << 10) + 16;
/** What the shim keeps of a stream. */
const KEPT = 256n << 10n;
const seed = inject('fuzzSeed');

let dir: string;
let socket: string;
let stderr: Promise<string>;
let shim: StartedShim;
let ended: Promise<unknown[]>;

beforeAll(buildPrograms, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-shim-'));
  socket = join(dir, 'shim.sock');
  const { reader, writer } = await makePipe(dir);
  const [input, output] = [openSync('/dev/zero', 'r'), openSync('/dev/null', 'w')];
  shim = await startShim({
    path: SANITIZED,
    socket,
    key: 'c1/init/secret',
    args: ['yes'],
    stdio: [input, output, writer],
  });
  ended = once(shim.child, 'exit');
  stderr = text(readerOf(reader));
  for (const fd of [input, output, writer]) closeSync(fd);
});

afterEach(async () => {
  shim.child.kill('SIGKILL');
  await ended;
  await rm(dir, { recursive: true });
});

test.each([
  ['a frame of no known type', frame(99, 0)],
  ['a frame that only shims send', frame(5, 0, 15)],
  ['a frame of a length beyond all', Buffer.from([17, 1, 0, 0, 0xff, 0xff, 0xff, 0xff])],
  ['a header whose zeros are none', Buffer.from([17, 1, 0, 1, 0, 0, 0, 0])],
  ['OUTPUT without an offset', frame(TYPE.output, 1, 0)],
  ['OUTPUT of a stream that there is not', frame(TYPE.output, 3, 0n, Buffer.from('x'))],
  ['OUTPUT from further on', frame(TYPE.output, 1, 1n, Buffer.from('x'))],
  ['OUTPUT at an offset near 2^64', frame(TYPE.output, 1, 2n ** 64n - 1n, Buffer.from('xy'))],
  ['OUTPUT_END from further on', frame(TYPE.outputEnd, 1, 1n)],
  ['TAKEN of what was never read', frame(TYPE.taken, 0, 1n << 40n)],
  ['a second WELCOME', frame(TYPE.welcome, 0, 0n)],
  ['END_INPUT of a stream', frame(TYPE.endInput, 1)],
  ['END_INPUT with a payload', frame(TYPE.endInput, 0, 0)],
  ['a status that is none', frame(TYPE.exit, 0, 256)],
])('%s ends the connection, and the shim comes again', async (_what, bytes) => {
  await using daemon = await FakeDaemon.listen(socket);
  const first = await daemon.accept();
  expect((await first.next())?.type).toBe(1);
  first.socket.write(frame(TYPE.welcome, 0, 0n));
  first.socket.write(bytes);
  await first.closed;
  const second = await daemon.accept();
  expect((await second.next())?.type).toBe(1);
  second.socket.write(Buffer.concat([frame(TYPE.welcome, 0, 0n), frame(TYPE.exit, 0, 3)]));
  expect(await ended).toEqual([3, null]);
  expect(await stderr).toBe('');
});

test('before WELCOME nothing but WELCOME and REFUSED is heard', async () => {
  await using daemon = await FakeDaemon.listen(socket);
  const first = await daemon.accept();
  first.socket.write(frame(TYPE.exit, 0, 0));
  await first.closed;
  const second = await daemon.accept();
  second.socket.write(frame(TYPE.refused, 0, Buffer.from('no\u001b[2Jscreen')));
  expect(await ended).toEqual([255, null]);
  expect(await stderr).toBe('no?[2Jscreen\n');
});

test('takes no more of stdin than 256 KiB while nobody says TAKEN, and says it again on the next connection', async () => {
  await using daemon = await FakeDaemon.listen(socket);
  for (const taken of [0n, 0n, 1000n]) {
    const { next, socket } = await daemon.accept();
    await next();
    socket.write(frame(TYPE.welcome, 0, taken));
    let offset = taken;
    // The first two end at what is kept; the last has more room by what was taken.
    while (offset < KEPT + taken) {
      const input = await next();
      expect([input?.type, input?.payload.readBigUInt64BE(0)]).toEqual([2, offset]);
      offset += BigInt((input?.payload.length ?? 0) - 8);
    }
    expect(offset).toBe(KEPT + taken);
    socket.destroy();
  }
});

test(`lives through ${FRAMES} frames that make no sense (RUNV_FUZZ_SEED=${seed})`, { timeout: 300_000 }, async () => {
  let sent = 0;
  for (const frames of randomConnections()) {
    // A socket that is made anew is found at once; the shim tries less and less often where it hears only nonsense.
    await using daemon = await FakeDaemon.listen(socket);
    const { socket: peer, next, closed } = await daemon.accept();
    const hello = (await next())?.payload as Buffer;
    const [stdin, stdout] = [hello.readBigUInt64BE(8), hello.readBigUInt64BE(16)];
    const taken = stdin > KEPT ? stdin - KEPT : 0n;
    peer.write(frame(TYPE.welcome, 0, taken));
    let at = stdout;
    for (const make of frames) {
      const bytes = make(at);
      if (bytes.length > 16 && bytes[0] === TYPE.output && bytes[1] === 1) at += BigInt(bytes.length - 16);
      peer.write(bytes);
    }
    peer.end();
    peer.resume();
    await closed;
    sent += frames.length;
    if (sent >= FRAMES) break;
  }
  expect(sent).toBeGreaterThanOrEqual(FRAMES);
  expect(shim.child.exitCode).toBe(null);
  await using daemon = await FakeDaemon.listen(socket);
  const { socket: peer, next } = await daemon.accept();
  const hello = (await next())?.payload as Buffer;
  const stdin = hello.readBigUInt64BE(8);
  peer.write(Buffer.concat([frame(TYPE.welcome, 0, stdin), frame(TYPE.exit, 0, 3)]));
  expect(await ended).toEqual([3, null]);
  // Some of it made sense after all, as stderr's: also whole frames, where the one before them claimed to be longer.
  expect(await stderr).not.toMatch(/Sanitizer|runtime error/);
});

type MakeFrame = (offset: bigint) => Buffer;

/** The frames of one connection after the other; the last frame of each makes no sense. */
function randomConnections(): Iterable<MakeFrame[]> {
  const [output, nonsense] = [outputFrame(), nonsenseFrame()];
  const either = fc.oneof({ weight: 19, arbitrary: output }, { weight: 1, arbitrary: nonsense });
  const connection = fc.tuple(fc.array(either, { maxLength: 199, size: 'max' }), nonsense);
  const connections = fc.infiniteStream(
    connection.map(([frames, last]) => [...frames, last]),
    { noHistory: true },
  );
  return fc.sample(connections, { seed, numRuns: 1 })[0] ?? [];
}

/** As it should be, of a few bytes. */
function outputFrame(): fc.Arbitrary<MakeFrame> {
  return fc.nat(299).map((size) => (offset) => frame(TYPE.output, 1, offset, Buffer.alloc(size, 'x')));
}

/** Anything but what ends the shim as it should end. */
function nonsenseFrame(): fc.Arbitrary<MakeFrame> {
  const types = [TYPE.welcome, TYPE.output, TYPE.outputEnd, TYPE.taken, TYPE.exit, 2, 5, 99];
  const offsets = [0n, 1n, 65_536n, 65_537n, 1n << 32n, 2n ** 64n - 1n, 2n ** 63n];
  const sizes = [0, 1, 17, 4096, LONGEST - 8, LONGEST];
  const parts = fc.record({
    type: fc.constantFrom(...types),
    stream: fc.nat(3),
    status: fc.integer({ min: 256, max: 1255 }),
    offset: fc.oneof(...offsets.map((offset) => fc.constant(offset)), fc.bigInt(0n, (1n << 20n) - 1n)),
    size: fc.oneof(...sizes.map((size) => fc.constant(size)), fc.nat(69_999)),
    length: sometimes(4, fc.oneof(fc.nat(69_999), fc.integer({ min: 0xffff_fff0, max: 0xffff_ffff }))),
    zeros: sometimes(16, fc.nat(0xffff)),
  });
  return parts.map(({ type, stream, status, offset, size, length, zeros }) => () => {
    const bytes = frame(type, stream, type === TYPE.exit ? status : offset, Buffer.alloc(size, 'y'));
    if (length !== undefined) bytes.writeUInt32BE(length, 4);
    if (zeros !== undefined) bytes.writeUInt16BE(zeros, 2);
    return bytes;
  });
}

/** One time in `times`; undefined else. */
function sometimes<T>(times: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}
