import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { repairLog } from '../../src/verify/repairLog.ts';
import { verifyLog } from '../../src/verify/verifyLog.ts';
import { collect, event, events, lines, numbers, openLog, optionsFor, tempDir } from '../support/events.ts';

const seed = inject('fuzzSeed');
/** Ends the search for a smaller counterexample before the timeout of the test would hide what was found. */
const LIMIT_MS = 45_000;
const LINE = lines([event(0)]).length;

/** Three events in a segment, one in events.log. */
async function fourEvents(): Promise<{ dir: string; file: string; segment: string }> {
  const dir = await tempDir();
  const log = await openLog(dir, { segmentBytes: 3 * LINE });
  for (const each of events(4)) await log.append(each);
  await log.close();
  const file = path.join(dir, 'events.log');
  return { dir, file, segment: `${file}.0000000000000000-0000000000000081` };
}

async function overwrite(file: string, offset: number, text: string): Promise<void> {
  const bytes = await readFile(file);
  bytes.write(text, offset);
  await writeFile(file, bytes);
}

test('a whole log: what it has, and from when to when', async () => {
  const { dir, file, segment } = await fourEvents();
  expect(await verifyLog(optionsFor(dir))).toEqual({
    ok: true,
    segments: [
      { file: segment, first: 0, bytes: 3 * LINE },
      { file, first: 3 * LINE, bytes: LINE },
    ],
    ...{ events: 4, firstTime: event(0).at, lastTime: event(3).at, damaged: 0, damage: [], missingBytes: 0 },
  });
});

test('damaged lines are told by file and offset, an incomplete last one too', async () => {
  const { dir, file, segment } = await fourEvents();
  await overwrite(segment, LINE, 'damage');
  await appendFile(file, 'half a li');
  const { ok, events: count, damaged, damage } = await verifyLog(optionsFor(dir));
  expect({ ok, count, damaged }).toEqual({ ok: false, count: 3, damaged: 2 });
  expect(damage).toEqual([
    { file: segment, offset: LINE, position: LINE, length: LINE, reason: expect.any(String) },
    { file, offset: LINE, position: 4 * LINE, length: 9, reason: 'no newline at its end' },
  ]);
});

test('a repair copies what is damaged, and moves no event', async () => {
  const { dir, file, segment } = await fourEvents();
  await overwrite(segment, LINE, 'damage');
  await appendFile(file, 'half a li');
  const { moved, after } = await repairLog(optionsFor(dir));
  expect(moved).toBe(2);
  expect(after).toMatchObject({ ok: true, events: 3, damaged: 0 });
  const copies = (await readFile(`${file}.damaged`, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(copies).toMatchObject([{ offset: LINE, text: expect.stringMatching(/^damage/) }, { text: 'half a li' }]);
  const log = await openLog(dir);
  const entries = await collect(log.read({ from: 'start' }));
  expect(entries.map(({ event: { n }, position }) => [n, position])).toEqual([0, 2, 3].map((n) => [n, n * LINE]));
  expect(log.damaged).toBe(0);
});

test('a log that somebody has open can be verified, but not repaired', async () => {
  const { dir } = await fourEvents();
  await openLog(dir);
  expect(await verifyLog(optionsFor(dir))).toMatchObject({ ok: true, events: 4 });
  await expect(repairLog(optionsFor(dir))).rejects.toMatchObject({ code: 'LOCKED' });
});

test('a log that is not there is NOT_FOUND', async () => {
  const dir = await tempDir();
  await expect(verifyLog(optionsFor(dir))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(verifyLog(optionsFor(path.join(dir, 'none')))).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test(`whatever the bytes, a repaired log verifies, and has each event that was whole where it was (RUNV_FUZZ_SEED=${seed})`, async () => {
  const piece = fc.oneof(
    fc.nat(50).map((n) => Buffer.from(lines([event(n)]))),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.concat([bytes, Buffer.from('\n')])),
    fc.integer({ min: 4000, max: 9000 }).map((length) => Buffer.from(`${'x'.repeat(length)}\n`)),
  );
  const property = fc.asyncProperty(
    fc.array(piece, { maxLength: 20 }),
    fc.uint8Array({ maxLength: 9 }),
    async (pieces, tail) => {
      const dir = await tempDir();
      await writeFile(path.join(dir, 'events.log'), Buffer.concat([...pieces, tail]), { mode: 0o600 });
      const before = await verifyLog(optionsFor(dir));
      const { after } = await repairLog(optionsFor(dir));
      expect(after).toMatchObject({ ok: true, events: before.events, segments: before.segments });
      await using log = await openLog(dir);
      expect(numbers(await collect(log.read({ from: 'start' }))).length).toBe(before.events);
    },
  );
  await fc.assert(property, { seed, numRuns: 20, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true });
});
