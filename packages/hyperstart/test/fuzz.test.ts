/**
 * A guest that says anything: its session goes on or ends with the reason, each call settles, and nothing is thrown elsewhere.
 * `RUNV_FUZZ_S` is for how many seconds; `RUNV_FUZZ_SEED` repeats a run, and so does a seed of the corpus.
 */
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { CODE } from '../src/control/codes.ts';
import { GuestError, type GuestSession } from '../src/index.ts';
import { FUZZ_S, fuzzRounds } from './support/fuzzRounds.ts';
import { json, message, RawGuest, stdioFrame } from './support/rawGuest.ts';
import { containerSpec, processSpec } from './support/specs.ts';

/** Seeds that once found something, and some of each kind. */
const CORPUS = [1, 2, 3, 4, 5, 6, 7, 8];
const MARK = 1n << 63n;

type Said = { readonly on: 'control' | 'stdio'; readonly bytes: Buffer };

test(
  `goes on or ends with the reason, for ${FUZZ_S} s and ${CORPUS.length} seeds (RUNV_FUZZ_SEED=${inject('fuzzSeed')})`,
  async () => {
    const rounds = await fuzzRounds(CORPUS, play);
    process.stderr.write(`fuzz of the host's parsers: ${rounds} guests in ${FUZZ_S} s\n`);
  },
  (FUZZ_S + 60) * 1000,
);

async function play(seed: number): Promise<void> {
  await using guest = await RawGuest.make();
  const session = await guest.openExtended();
  const running = session.newContainer(containerSpec('c', ['true']));
  guest.say(CODE.ACK, json({ pid: 2 }), await guest.asked(CODE.NEWCONTAINER));
  const { stdio, exited } = await running;
  stdio.on('error', () => {}).resume();
  stdio.write('typed');
  const calls = [exited, ...ask(session)];
  const settled = Promise.allSettled(calls);
  guest.control.resume();
  for (const { on, bytes } of fc.sample(fc.array(said, { minLength: 1, maxLength: 60 }), { seed, numRuns: 1 })[0] ?? [])
    guest[on].write(bytes);
  guest.control.end();
  guest.stdio.end();
  const end = await session.closed;
  expect(end).toBeInstanceOf(GuestError);
  expect(['CLOSED', 'PROTOCOL']).toContain(end.code);
  expect(end.message.length).toBeLessThan(10_000);
  for (const one of await settled) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(GuestError);
}

/** Calls whose answers the guest may give, and may give wrongly. */
function ask(session: GuestSession): Promise<unknown>[] {
  return [
    session.ping(),
    session.stats('c'),
    session.list(),
    session.exec('c', processSpec('e', ['true'])),
    session.signal('c', 'init', 9),
    session.freeze('c'),
  ];
}

const small = fc.integer({ min: 0, max: 20 });
const text = fc.oneof(fc.constantFrom('c', 'init', 'e', '', '../x', '\u001b[2J', 'x'.repeat(5000)), fc.string());
const scalar = fc.oneof(
  text,
  fc.constantFrom(-1, 0, 1, 137, 255, 256, 2 ** 32, 1.5, 1e308, null, true),
  fc.bigInt(0n, 2n ** 64n).map(String),
);
const field = fc.constantFrom(
  ...'container process event status pid session state received sent taken processes containers memory cpu code message'.split(
    ' ',
  ),
);
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: fc.constantFrom('finished', 'oom', 'running', 'ended') },
    { weight: 2, arbitrary: fc.dictionary(field, tie('value'), { maxKeys: 6 }) },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
  ),
})).value;

/** JSON, or nearly. */
const payload: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 5, arbitrary: fc.dictionary(field, value, { maxKeys: 7 }).map(json) },
  { weight: 1, arbitrary: value.map((one) => Buffer.from(JSON.stringify(one) ?? '')) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.dictionary(field, value, { maxKeys: 7 }).map(json), fc.nat(), fc.nat(255))
      .map(([whole, at, byte]) => changed(whole, at, byte)),
  },
  { weight: 1, arbitrary: fc.nat(3000).map((depth) => Buffer.from('['.repeat(depth))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(0)) },
);

function changed(whole: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(whole);
  copy[at % copy.length] = byte;
  return copy;
}

const code = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(CODE.ACK, CODE.ERROR, CODE.PROCESSASYNCEVENT, CODE.QUERY) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.values(CODE)) },
  { weight: 1, arbitrary: fc.nat(2 ** 31) },
);
const control = fc.tuple(code, payload, small).map(([number, bytes, id]) => message(number, bytes, id));
const session = fc.tuple(fc.bigInt(0n, 12n), fc.boolean()).map(([number, isMark]) => number | (isMark ? MARK : 0n));
const marks = fc.tuple(fc.bigInt(0n, 20n), fc.bigInt(0n, 2n ** 63n)).map(([received, taken]) => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(received);
  bytes.writeBigUInt64BE(taken, 8);
  return bytes;
});
const stream = fc.tuple(session, fc.oneof(payload, marks)).map(([number, bytes]) => stdioFrame(number, bytes));
const junk = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));

const said: fc.Arbitrary<Said> = fc.oneof(
  { weight: 6, arbitrary: control.map((bytes) => ({ on: 'control', bytes }) as const) },
  { weight: 4, arbitrary: stream.map((bytes) => ({ on: 'stdio', bytes }) as const) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom('control', 'stdio'), junk).map(([on, bytes]) => ({ on, bytes }) as Said),
  },
);
