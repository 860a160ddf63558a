/** Phases where somebody records them. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apart, phase, type RecordedPhase, serve, traceparent } from '../../src/index.ts';
import { monotonicMs, type Recorder, recorder } from '../../src/record/index.ts';

let recording: Recorder;
let phases: RecordedPhase[];
beforeEach(async () => {
  recording = await recorder();
  phases = [];
});
afterEach(async () => await recording[Symbol.asyncDispose]());

const note = (recorded: RecordedPhase) => void phases.push(recorded);

function named(name: string): RecordedPhase {
  const found = phases.find((recorded) => recorded.name === name);
  if (!found) throw new Error(`${name} was not recorded; recorded were ${phases.map((recorded) => recorded.name)}`);
  return found;
}

test('there is one, whoever asks for it', async () => {
  expect(await recorder()).toBe(recording);
});

test('a trace has its phases, each after its parts, whatever is awaited in between', async () => {
  const trace = recording.begin('start', note);
  await trace.phase('outer', async () => {
    await delay(1);
    await Promise.all([phase('a', () => delay(5), { cpus: 2 }), phase('b', () => delay(10))]);
  });
  trace.end();
  expect(phases.map(({ name }) => name)).toEqual(['a', 'b', 'outer']);
  expect(named('a')).toMatchObject({ parentId: named('outer').id, isServed: false, attributes: { cpus: 2 } });
  expect(named('b').parentId).toBe(named('outer').id);
  expect(named('outer').durationMs).toBeGreaterThanOrEqual(named('b').durationMs);
});

test('times are those of the clock that all processes share, and finer than a millisecond', async () => {
  const trace = recording.begin('start', note);
  const before = monotonicMs();
  await trace.phase('work', () => delay(2));
  const after = monotonicMs();
  trace.end();
  const { startMs, durationMs } = named('work');
  expect(Math.abs(Number(process.hrtime.bigint()) / 1e6 - monotonicMs())).toBeLessThan(5);
  expect(startMs).toBeGreaterThan(before - 0.01);
  expect(startMs + durationMs).toBeLessThan(after + 0.01);
  expect(durationMs).toBeGreaterThan(1);
});

test('a phase that fails says with what', async () => {
  const trace = recording.begin('start', note);
  await expect(trace.phase('boot', () => Promise.reject(new Error('no kernel')))).rejects.toThrow('no kernel');
  trace.end();
  expect(named('boot').error).toBe('no kernel');
});

test('what goes on apart from a request is no part of its trace', async () => {
  const trace = recording.begin('start', note);
  await trace.phase('request', () => apart(() => phase('refill the cache', async () => {})));
  trace.end();
  expect(phases.map(({ name }) => name)).toEqual(['request']);
});

test('traces that nobody follows are not recorded, beside one that is', async () => {
  const trace = recording.begin('start', note);
  await phase('elsewhere', async () => {});
  await serve('request', `00-${hex(16)}-${hex(8)}-01`, async () => {});
  await trace.phase('here', async () => {});
  trace.end();
  await trace.phase('too late', async () => {});
  expect(phases.map(({ name }) => name)).toEqual(['here']);
});

describe('a request', () => {
  test('carries its trace to where it is served', async () => {
    const trace = recording.begin('start', note);
    await trace.phase('call', async () => {
      const header = traceparent();
      expect(header).toMatch(new RegExp(`^00-${trace.traceId}-[0-9a-f]{16}-01$`));
      await apart(() => serve('handler', header, () => phase('boot', async () => {})));
    });
    trace.end();
    expect(named('handler')).toMatchObject({ parentId: named('call').id, isServed: true });
    expect(named('boot')).toMatchObject({ parentId: named('handler').id, isServed: false });
  });

  test('can be followed where it is served alone', async () => {
    const [traceId, spanId] = [hex(16), hex(8)];
    using _ = recording.follow(traceId, note);
    await serve('handler', `00-${traceId}-${spanId}-01`, async () => {});
    expect(phases).toMatchObject([{ name: 'handler', parentId: spanId, isServed: true }]);
  });

  test.each([
    ['none', undefined],
    ['no trace', 'hello'],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`],
    ['a version that there cannot be', `ff-${'1'.repeat(32)}-${'1'.repeat(16)}-01`],
  ])('with a traceparent that is %s is served all the same', async (_, header) => {
    using following = recording.follow('1'.repeat(32), note);
    expect(following).toBeDefined();
    expect(await serve('handler', header, async () => 'served')).toBe('served');
    expect(phases).toEqual([]);
  });
});

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
