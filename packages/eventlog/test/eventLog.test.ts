import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { collect, events, numbers, openLog, tempDir, upTo } from './support/events.ts';
import { startWriter } from './support/startWriter.ts';

const seed = inject('fuzzSeed');

test(`kill -9 of a writer, again and again: each event whose append resolved is there, once, in order (RUNV_FUZZ_SEED=${seed})`, async () => {
  const writers = fc.record({ batch: fc.integer({ min: 1, max: 40 }), said: fc.integer({ min: 2, max: 201 }) });
  const dir = await tempDir();
  let first = 0;
  for (const { batch, said } of fc.sample(writers, { seed, numRuns: 20 })) {
    const writer = startWriter(dir, first, batch);
    await writer.lines(said);
    writer.child.kill('SIGKILL');
    await once(writer.child, 'close');
    const acknowledged = writer.said.slice(1).map(Number);
    const log = await openLog(dir);
    const found = numbers(await collect(log.read({ from: 'start' })));
    expect(found).toEqual(upTo(found.length));
    expect(found.length).toBeGreaterThan(Math.max(...acknowledged));
    expect(log.damaged).toBeLessThanOrEqual(1);
    await log.close();
    first = found.length;
  }
});

test('readers and logs leave no descriptor open', async () => {
  const dir = await tempDir();
  for (let round = 0; round < 3; round++) {
    const log = await openLog(dir);
    await Promise.all(events(200).map((each) => log.append(each)));
    const abort = new AbortController();
    const readers = upTo(20).map(() => log.read({ from: 'now', follow: true, signal: abort.signal }));
    const waiting = readers.map((reader) => reader.next().catch(() => undefined));
    await Promise.all(readers.slice(0, 10).map((reader) => reader.return?.()));
    abort.abort();
    await Promise.all(waiting);
    await collect(log.read({ from: 'start' }), 3);
    await collect(log.read({ from: 'start' }));
    await log.close();
  }
  expect(await openBelow(dir)).toEqual([]);
});

test('close again is harmless, and a log is disposed by closing it', async () => {
  const dir = await tempDir();
  const log = await openLog(dir);
  await Promise.all([log.close(), log.close(), log[Symbol.asyncDispose]()]);
  await openLog(dir);
});

async function openBelow(dir: string): Promise<string[]> {
  const names = await readdir('/proc/self/fd');
  const targets = await Promise.all(names.map((name) => readlink(path.join('/proc/self/fd', name)).catch(() => '')));
  return targets.filter((target) => target.startsWith(dir));
}
