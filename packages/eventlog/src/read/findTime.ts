/** Finds by bisection where the events of a time begin, without reading what is before them. */
import type { Position } from '../position.ts';
import { type Source, startOf } from '../source.ts';
import { LineScanner } from './lineScanner.ts';

/** A stretch this short is read instead of halved again, in bytes. */
const SHORT = 32 * 1024;
const CHUNK = 8 * 1024;

/**
 * How much earlier than an event before it an event may be, in ms, without being lost to a reader from a time: clocks
 * are set, and events of several sources meet.
 */
export const DISORDER_MS = 10_000;

/**
 * A position from which on every event of `time` (ms since the epoch) or later is found, and some earlier ones. Each
 * step keeps this true: the event before `low` is more than DISORDER_MS too early, so nothing before it is wanted.
 */
export async function findTime<T>(source: Source<T>, time: number, end: Position): Promise<Position> {
  const wanted = time - DISORDER_MS;
  let low = startOf(source);
  let high = end;
  while (high - low > SHORT) {
    const middle = Math.floor((low + high) / 2) as Position;
    const probe = await firstEvent(source, middle, high);
    if (probe === undefined || probe.time >= wanted) high = middle;
    else low = probe.next;
  }
  return low;
}

// The first event that begins in a stretch. Damage is passed over: whoever reads it will report it.
async function firstEvent<T>(
  source: Source<T>,
  from: Position,
  to: Position,
): Promise<{ time: number; next: Position } | undefined> {
  const end = source.tide.end;
  const lines = new LineScanner(source.file, from, CHUNK, source.maxEventBytes);
  await lines.seek(from, end);
  for (;;) {
    const line = lines.take() ?? (lines.next < to ? await lines.fill(end) : undefined);
    const begun = line === undefined ? lines.next : lines.start;
    if (begun >= to) return undefined;
    if (line === undefined || lines.problem !== undefined) continue;
    const time = timeOf(source, line);
    if (time !== undefined) return { time, next: lines.next };
  }
}

function timeOf<T>(source: Source<T>, line: string): number | undefined {
  try {
    const time = source.time(source.parse(JSON.parse(line)));
    return Number.isNaN(time) ? undefined : time;
  } catch {
    return undefined;
  }
}
