/** A log in a directory of its own, with events of a test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { DelayedError } from '../../src/append/delayedError.ts';
import type { DamageReport } from '../../src/damage/report.ts';
import { EventLog } from '../../src/eventLog.ts';
import type { LogOptions } from '../../src/logOptions.ts';
import { openForAppend } from '../../src/open/openForAppend.ts';
import type { Entry } from '../../src/read/readOptions.ts';
import type { OpenLogFile } from '../../src/store/logFile.ts';

export interface TestEvent {
  readonly n: number;
  /** In ms since the epoch. */
  readonly at: number;
  readonly text?: string;
}

export function parse(value: unknown): TestEvent {
  if (typeof value !== 'object' || value === null || !('n' in value) || typeof value.n !== 'number') {
    throw new Error('no event: n is missing');
  }
  return value as TestEvent;
}

/** Removed, with everything in it, when the test ends. */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'eventlog-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function optionsFor(dir: string, more: Partial<LogOptions<TestEvent>> = {}): LogOptions<TestEvent> {
  return { dir, parse, time: (event) => event.at, ...more };
}

/** Closed when the test ends, if the test has not done it. */
export async function openLog(
  dir: string,
  more: Partial<LogOptions<TestEvent>> = {},
  disk?: OpenLogFile,
): Promise<EventLog<TestEvent>> {
  const log = new EventLog(await openForAppend(optionsFor(dir, more), disk));
  onTestFinished(() => log.close());
  return log;
}

export function event(n: number): TestEvent {
  return { n, at: 1_700_000_000_000 + n * 1000 };
}

export function events(count: number, from = 0): TestEvent[] {
  return Array.from({ length: count }, (_, index) => event(from + index));
}

export function lines(list: readonly unknown[]): string {
  return list.map((item) => `${JSON.stringify(item)}\n`).join('');
}

/** Everything until the end, or the first `count`. */
export async function collect(
  entries: AsyncIterable<Entry<TestEvent>>,
  count = Number.POSITIVE_INFINITY,
): Promise<Entry<TestEvent>[]> {
  const all: Entry<TestEvent>[] = [];
  if (count === 0) return all;
  for await (const entry of entries) {
    all.push(entry);
    if (all.length === count) break;
  }
  return all;
}

export function numbers(entries: readonly Entry<TestEvent>[]): number[] {
  return entries.map((entry) => entry.event.n);
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

export function damageList(): { list: DamageReport[]; onDamage: (damage: DamageReport) => void } {
  const list: DamageReport[] = [];
  return { list, onDamage: (damage) => void list.push(damage) };
}

/** What an append that the disk refuses is told. */
export async function delayOf(append: Promise<unknown>): Promise<DelayedError> {
  const error = await append.then(() => undefined).catch((reason: unknown) => reason);
  if (error instanceof DelayedError) return error;
  throw error ?? new Error('the append was not delayed');
}

/** Waits for a condition that nothing announces. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}
