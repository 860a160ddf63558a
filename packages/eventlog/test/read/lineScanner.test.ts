import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { Position } from '../../src/position.ts';
import { LineScanner } from '../../src/read/lineScanner.ts';
import { openLogFile } from '../../src/store/logFile.ts';
import { Store } from '../../src/store/store.ts';
import { tempDir } from '../support/events.ts';

const MAX = 300;
const seed = inject('fuzzSeed');
/** Ends the search for a smaller counterexample before the timeout of the test would hide what was found. */
const LIMIT_MS = 45_000;

async function scan(content: Buffer, chunk: number): Promise<{ text: string; start: number; next: number }[]> {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'log'), content);
  const store = new Store(path.join(dir, 'log'), openLogFile);
  await store.set([], await openLogFile(store.path, 0), store.base);
  onTestFinished(() => store.release());
  const scanner = new LineScanner(store, store.base, chunk, MAX);
  const found = [];
  for (;;) {
    const line =
      scanner.take() ?? (scanner.next < content.length ? await scanner.fill(content.length as Position) : undefined);
    if (line !== undefined) found.push({ text: scanner.problem ?? line, start: scanner.start, next: scanner.next });
    else if (scanner.next >= content.length) return found;
  }
}

test(`lines of any length and script come whole, with the bytes where they are, whatever the chunk (RUNV_FUZZ_SEED=${seed})`, async () => {
  const written = ['abc{}"', 'é', '日本', '💀'].map((alphabet) => {
    const unit = fc.constantFrom(...alphabet);
    const upTo = (maxLength: number) => fc.string({ unit, maxLength, size: 'max' });
    return fc.oneof({ weight: 7, arbitrary: upTo(39) }, { weight: 1, arbitrary: upTo(399) });
  });
  const anyLines = fc.array(fc.oneof(fc.constant(''), ...written), { maxLength: 39, size: 'max' });
  const property = fc.asyncProperty(anyLines, fc.integer({ min: 1, max: 200 }), async (texts, chunk) => {
    let at = 0;
    const expected = texts.map((text) => {
      const length = Buffer.byteLength(text);
      const start = at;
      at += length + 1;
      return { text, start, next: at, length };
    });
    const found = await scan(Buffer.from(texts.map((text) => `${text}\n`).join('')), chunk);
    expect(found.map(({ start, next }) => ({ start, next }))).toEqual(
      expected.map(({ start, next }) => ({ start, next })),
    );
    for (const [index, { text, length }] of expected.entries()) {
      // Whether a line a little too long is passed over or taken depends on the chunk; its length is checked later too.
      if (length <= MAX) expect(found[index]?.text).toBe(text);
      else expect([text, `longer than ${MAX} bytes`]).toContain(found[index]?.text);
    }
  });
  await fc.assert(property, { seed, numRuns: 60, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true });
});

test('a line that is no UTF-8 has a problem, and its neighbours have none', async () => {
  const found = await scan(Buffer.concat([Buffer.from('é\n'), Buffer.from([0xc3, 0x0a]), Buffer.from('é\n')]), 1000);
  expect(found.map((line) => line.text)).toEqual(['é', 'not UTF-8', 'é']);
});
