import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type StartedShim, startShim } from '../src/index.ts';
import { FakeDaemon, frame, TYPE } from './support/fakeDaemon.ts';
import { makePipe, readerOf } from './support/pipe.ts';
import { buildPrograms, SANITIZED } from './support/programs.ts';
import { random, seed } from './support/random.ts';

const FRAMES = 20_000;
/** The longest payload that there is. */
const LONGEST = (64 << 10) + 16;

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

test('takes no more of stdin than 64 KiB while nobody says TAKEN, and says it again on the next connection', async () => {
  await using daemon = await FakeDaemon.listen(socket);
  for (const taken of [0n, 0n, 1000n]) {
    const { next, socket } = await daemon.accept();
    await next();
    socket.write(frame(TYPE.welcome, 0, taken));
    let offset = taken;
    // The first two end at what is kept; the last has more room by what was taken.
    while (offset < 65_536n + taken) {
      const input = await next();
      expect([input?.type, input?.payload.readBigUInt64BE(0)]).toEqual([2, offset]);
      offset += BigInt((input?.payload.length ?? 0) - 8);
    }
    expect(offset).toBe(65_536n + taken);
    socket.destroy();
  }
});

test(`lives through ${FRAMES} frames that make no sense (RUNV_FUZZ_SEED=${seed})`, { timeout: 300_000 }, async () => {
  const below = random(seed);
  for (let sent = 0; sent < FRAMES; ) {
    // A socket that is made anew is found at once; the shim tries less and less often where it hears only nonsense.
    await using daemon = await FakeDaemon.listen(socket);
    const { socket: peer, next, closed } = await daemon.accept();
    const hello = (await next())?.payload as Buffer;
    const [stdin, stdout] = [hello.readBigUInt64BE(8), hello.readBigUInt64BE(16)];
    const taken = stdin > 65_536n ? stdin - 65_536n : 0n;
    peer.write(frame(TYPE.welcome, 0, taken));
    let at = stdout;
    for (const count = 1 + below(200), end = sent + count; sent < end; sent += 1) {
      const bytes = sent + 1 === end || below(20) === 0 ? nonsense(below) : output(below, at);
      if (bytes.length > 16 && bytes[0] === TYPE.output && bytes[1] === 1) at += BigInt(bytes.length - 16);
      peer.write(bytes);
    }
    peer.end();
    peer.resume();
    await closed;
  }
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

/** As it should be, of a few bytes. */
function output(below: (below: number) => number, at: bigint): Buffer {
  return frame(TYPE.output, 1, at, Buffer.alloc(below(300), 'x'));
}

/** Anything but what ends the shim as it should end. */
function nonsense(below: (below: number) => number): Buffer {
  const types = [TYPE.welcome, TYPE.output, TYPE.outputEnd, TYPE.taken, TYPE.exit, 2, 5, 99];
  const type = types[below(types.length)] as number;
  const offsets = [0n, 1n, 65_536n, 65_537n, 1n << 32n, 2n ** 64n - 1n, 2n ** 63n, BigInt(below(1 << 20))];
  const offset = offsets[below(offsets.length)] as bigint;
  const data = Buffer.alloc([0, 1, 17, 4096, LONGEST - 8, LONGEST, below(70_000)][below(7)] as number, 'y');
  const bytes = frame(type, below(4), type === TYPE.exit ? 256 + below(1000) : offset, data);
  if (below(4) === 0) bytes.writeUInt32BE(below(2) ? below(70_000) : 0xffff_ffff - below(16), 4);
  if (below(16) === 0) bytes.writeUInt16BE(below(0x10000), 2);
  return bytes;
}
