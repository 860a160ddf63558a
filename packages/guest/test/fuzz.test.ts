import { beforeAll, expect, it } from 'vitest';
import { code, encodeMessage, encodeStdio, jsonBytes } from './support/frames.ts';
import { buildHostProgram, TestGuest } from './support/testGuest.ts';

beforeAll(buildHostProgram, 300_000);

const seed = Number(process.env.RUNV_FUZZ_SEED ?? Date.now() % 2 ** 31);

/** A small generator of numbers that a seed repeats (mulberry32). */
function random(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

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

function value(next: (below: number) => number, depth: number): unknown {
  const kind = depth > 4 ? 0 : next(10);
  if (kind < 6) return scalars[next(scalars.length)];
  if (kind < 8) return Array.from({ length: next(4) }, () => value(next, depth + 1));
  return object(next, depth + 1);
}

function object(next: (below: number) => number, depth: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: next(8) }, () => [fields[next(fields.length)], value(next, depth)]));
}

/** A NEWCONTAINER or an EXECCMD that would work, but for one or two fields. */
function almostRight(next: (below: number) => number, id: string): Record<string, unknown> {
  const process: Record<string, unknown> = {
    id,
    stdio: next(2000) + 1000,
    stderr: next(2000) + 3000,
    args: ['true'],
    envs: [],
  };
  const whole: Record<string, unknown> = {
    id,
    image: 'c1',
    rootfs: 'rootfs',
    container: 'lives',
    created: next(4) === 0,
    process,
  };
  for (let i = next(3); i > 0; i--) {
    const target = next(2) ? whole : process;
    target[fields[next(fields.length)] as string] = value(next, 2);
  }
  return whole;
}

function payload(next: (below: number) => number): Buffer {
  const kind = next(10);
  const json = Buffer.from(JSON.stringify(object(next, 0)), 'latin1');
  if (kind < 5) return json;
  if (kind < 7) return json.subarray(0, next(json.length + 1));
  if (kind < 8) return Buffer.from('['.repeat(next(5000)));
  if (kind < 9) return Buffer.from(Array.from({ length: next(200) }, () => next(256)));
  const at = next(json.length);
  return Buffer.concat([json.subarray(0, at), Buffer.of(next(256)), json.subarray(at + 1)]);
}

it(`survives 3,000 messages of garbage (RUNV_FUZZ_SEED=${seed})`, { timeout: 300_000 }, async () => {
  console.log(`RUNV_FUZZ_SEED=${seed}`);
  const next = random(seed);
  await using guest = await TestGuest.start();
  const { stdio } = await guest.container('lives', ['cat'], { stdio: 500, stderr: 501 });
  for (let i = 0; i < 3000; i++) {
    const almost = next(5) === 0;
    const command = almost
      ? [code.NEWCONTAINER, code.EXECCMD, code.EXECCMD][next(3)]
      : next(10) === 0
        ? 1000 + next(2 ** 31)
        : commands[next(commands.length)];
    const bytes = almost ? jsonBytes(almostRight(next, `f${next(100)}`)) : payload(next);
    guest.sendRaw(encodeMessage(command as number, bytes, 100_000 + i));
    if (next(3) === 0) guest.sendStdioRaw(encodeStdio(BigInt(1000 + next(50)) | (next(2) ? 1n << 63n : 0n), bytes));
    if (i % 50 === 0) await guest.call(code.PING);
  }
  await guest.call(code.PING);
  await guest.until(() => (guest.messages.filter((found) => found.id >= 100_000).length >= 3000 ? true : undefined));
  const answered = guest.messages.filter((found) => found.id >= 100_000);
  expect(answered.length).toBe(3000);
  guest.closeStdin(stdio);
  expect(await guest.exit('lives')).toBe(0);
  await guest.stop();
});

it(`survives bytes cut anywhere (RUNV_FUZZ_SEED=${seed})`, { timeout: 120_000 }, async () => {
  const next = random(seed + 1);
  await using guest = await TestGuest.start();
  const messages = Array.from({ length: 200 }, (_, i) => encodeMessage(code.PING, Buffer.from(`ping ${i}`), i + 1000));
  const stream = Buffer.concat(messages);
  for (let at = 0; at < stream.length; ) {
    const length = 1 + next(30);
    guest.sendRaw(stream.subarray(at, at + length));
    at += length;
    if (next(4) === 0) await new Promise(setImmediate);
  }
  await guest.call(code.PING);
  expect(guest.messages.filter((found) => found.id >= 1000).map((found) => found.payload.toString())).toEqual(
    messages.map((_, i) => `ping ${i}`),
  );
  await guest.stop();
});

it(`survives garbage in the base protocol (RUNV_FUZZ_SEED=${seed})`, { timeout: 120_000 }, async () => {
  const next = random(seed + 2);
  await using guest = await TestGuest.start({ handshake: false });
  let sent = 0;
  for (let i = 0; i < 500; i++) {
    const bytes = payload(next).subarray(0, 10_000);
    const command = commands[next(commands.length)] as number;
    if (command === code.NEGOTIATE) continue;
    sent++;
    const answer = await guest.call(command, bytes);
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
