import fc from 'fast-check';
import { beforeAll, expect, inject, it } from 'vitest';
import { FUZZ_S, fuzzRounds } from '../../hyperstart/test/support/fuzzRounds.ts';
import { code, encodeMessage, encodeStdio, jsonBytes, markBit } from './support/frames.ts';
import { buildHostProgram, TestGuest } from './support/testGuest.ts';

beforeAll(buildHostProgram, 300_000);

const seed = inject('fuzzSeed');
const commands = Object.values(code).filter((one) => one !== code.DESTROYPOD);
const fields =
  'id image rootfs process args envs env value stdio stderr terminal mounts options destination type source capabilities bounding rlimits soft hard created container signal seq row column uid gid additionalGids workdir file seconds entropy window runv device mac name mtu addresses address prefix peer broadcast routes destination gateway metric onlink'.split(
    ' ',
  );
const scalars = [
  '',
  'c1',
  'rootfs',
  '../..',
  '/',
  'a/b',
  'init',
  'sh',
  'tmpfs',
  '02:00:00:00:00:01',
  '10.1.1.1/24',
  '10.1.1.1',
  'fd00::1',
  'lo',
  'bind',
  'CAP_CHOWN',
  'RLIMIT_CORE',
  -1,
  0,
  1,
  9,
  1e308,
  2 ** 63,
  -(2 ** 63),
  1.5,
  true,
  false,
  null,
  'x'.repeat(300),
];

const field = fc.constantFrom(...fields);
const command = fc.constantFrom(...commands);

/** Seeds that once found something, and some of each kind. */
const CORPUS = [1, 2, 3, 4];
const MESSAGES = 500;

it(`survives garbage for ${FUZZ_S} s (RUNV_FUZZ_SEED=${seed})`, { timeout: (FUZZ_S + 240) * 1000 }, async () => {
  const rounds = await fuzzRounds(CORPUS, survive);
  process.stderr.write(`fuzz of the guest's parsers: ${rounds * MESSAGES} messages\n`);
});

/** A container lives through it, and each message has its answer. */
async function survive(seed: number): Promise<void> {
  await using guest = await TestGuest.start();
  const { stdio } = await guest.container('lives', ['cat'], { stdio: 500, stderr: 501 });
  for (const [i, { message, frame }] of fc.sample(garbage(), { seed, numRuns: MESSAGES }).entries()) {
    guest.sendRaw(encodeMessage(message.command, message.bytes, 100_000 + i));
    if (frame !== undefined) guest.sendStdioRaw(encodeStdio(frame, message.bytes));
    if (i % 50 === 0) await guest.call(code.PING);
  }
  await guest.call(code.PING);
  const answered = () => guest.messages.filter((found) => found.id >= 100_000).length;
  await guest.until(() => (answered() >= MESSAGES ? true : undefined));
  expect(answered()).toBe(MESSAGES);
  guest.closeStdin(stdio);
  expect(await guest.exit('lives')).toBe(0);
  await guest.stop();
}

it(`survives bytes cut anywhere (RUNV_FUZZ_SEED=${seed})`, { timeout: 120_000 }, async () => {
  await using guest = await TestGuest.start();
  const messages = Array.from({ length: 200 }, (_, i) => encodeMessage(code.PING, Buffer.from(`ping ${i}`), i + 1000));
  const stream = Buffer.concat(messages);
  const cuts = fc.record({ length: fc.integer({ min: 1, max: 30 }), pauses: oneIn(4) });
  let at = 0;
  for (const { length, pauses } of fc.sample(cuts, { seed, numRuns: stream.length })) {
    if (at >= stream.length) break;
    guest.sendRaw(stream.subarray(at, at + length));
    at += length;
    if (pauses) await new Promise(setImmediate);
  }
  await guest.call(code.PING);
  expect(guest.messages.filter((found) => found.id >= 1000).map((found) => found.payload.toString())).toEqual(
    messages.map((_, i) => `ping ${i}`),
  );
  await guest.stop();
});

it(`survives garbage in the base protocol (RUNV_FUZZ_SEED=${seed})`, { timeout: 120_000 }, async () => {
  await using guest = await TestGuest.start({ handshake: false });
  let sent = 0;
  for (const message of fc.sample(fc.record({ command, bytes: payload() }), { seed, numRuns: 500 })) {
    if (message.command === code.NEGOTIATE) continue;
    sent++;
    const answer = await guest.call(message.command, message.bytes.subarray(0, 10_000));
    expect(typeof answer.ok).toBe('boolean');
  }
  expect(sent).toBeGreaterThan(400);
  await guest.stop();
});

it('refuses what follows a JSON object', async () => {
  await using guest = await TestGuest.start();
  expect((await guest.call(code.KILLCONTAINER, Buffer.from('{"container":"x","signal":9} \n'))).error.code).toBe(
    'NOTFOUND',
  );
  expect((await guest.call(code.KILLCONTAINER, Buffer.from('{"container":"x","signal":9}}'))).error.code).toBe(
    'INVALID',
  );
  await guest.stop();
});

it('refuses a message that would take all memory, and one that is nested too deep', async () => {
  await using guest = await TestGuest.start();
  const wide = Buffer.from(`{"a":[${'[],'.repeat(1_000_000)}0]}`);
  expect((await guest.call(code.NEWCONTAINER, wide)).error.code).toBe('INVALID');
  expect((await guest.call(code.NEWCONTAINER, Buffer.from(`{"a":${'['.repeat(1000)}`))).error.code).toBe('INVALID');
  expect((await guest.call(code.PING)).ok).toBe(true);
  await guest.stop();
});

/** A message, and in one of three cases the session of a stdio frame with the same bytes. */
function garbage() {
  const unknown = fc.integer({ min: 1000, max: 999 + 2 ** 31 });
  const anyCommand = fc.oneof({ weight: 9, arbitrary: command }, { weight: 1, arbitrary: unknown });
  const message = fc.oneof(
    { weight: 4, arbitrary: fc.record({ command: anyCommand, bytes: payload() }) },
    { weight: 1, arbitrary: almostRight() },
  );
  const session = fc
    .tuple(fc.bigInt(1000n, 1049n), fc.boolean())
    .map(([number, isMark]) => number | (isMark ? markBit : 0n));
  const frame = fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: session });
  return fc.record({ message, frame });
}

/** A NEWCONTAINER or an EXECCMD that would work, but for one or two fields. */
function almostRight() {
  const change = fc.record({ inProcess: fc.boolean(), field, value: value(2) });
  const parts = fc.record({
    command: fc.constantFrom(code.NEWCONTAINER, code.EXECCMD, code.EXECCMD),
    id: fc.nat(99).map((number) => `f${number}`),
    stdio: fc.integer({ min: 1000, max: 2999 }),
    stderr: fc.integer({ min: 3000, max: 4999 }),
    created: oneIn(4),
    changes: fc.array(change, { maxLength: 2 }),
  });
  return parts.map(({ command, id, stdio, stderr, created, changes }) => {
    const process: Record<string, unknown> = { id, stdio, stderr, args: ['true'], envs: [] };
    const whole: Record<string, unknown> = { id, image: 'c1', rootfs: 'rootfs', container: 'lives', created, process };
    for (const { inProcess, field, value } of changes) (inProcess ? process : whole)[field] = value;
    return { command, bytes: jsonBytes(whole) };
  });
}

function payload(): fc.Arbitrary<Buffer> {
  const json = object(0).map(jsonBytes);
  const cut = json.chain((whole) => fc.nat(whole.length).map((end) => whole.subarray(0, end)));
  const nested = fc.nat(4999).map((depth) => Buffer.from('['.repeat(depth)));
  const bytes = fc.uint8Array({ maxLength: 199, size: 'max' }).map((array) => Buffer.from(array));
  const changed = json.chain((whole) =>
    fc
      .tuple(fc.nat(whole.length - 1), fc.nat(255))
      .map(([at, byte]) => Buffer.concat([whole.subarray(0, at), Buffer.of(byte), whole.subarray(at + 1)])),
  );
  return fc.oneof(
    { weight: 5, arbitrary: json },
    { weight: 2, arbitrary: cut },
    { weight: 1, arbitrary: nested },
    { weight: 1, arbitrary: bytes },
    { weight: 1, arbitrary: changed },
  );
}

function value(depth: number): fc.Arbitrary<unknown> {
  const scalar = fc.constantFrom<unknown[]>(...scalars);
  if (depth > 4) return scalar;
  return fc.oneof(
    { weight: 6, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(value(depth + 1), { maxLength: 3 }) },
    { weight: 2, arbitrary: object(depth + 1) },
  );
}

function object(depth: number): fc.Arbitrary<Record<string, unknown>> {
  return fc.array(fc.tuple(field, value(depth)), { maxLength: 7 }).map((entries) => Object.fromEntries(entries));
}

/** True once in so many times. */
function oneIn(times: number): fc.Arbitrary<boolean> {
  return fc.oneof({ weight: times - 1, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
}
