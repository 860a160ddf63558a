/** Finds by bisection where the events of a time begin, without reading earlier events. */
import type { Position } from '../position.ts';
import type { Source } from '../source.ts';
import { Gone } from '../store/gone.ts';
import { LineScanner } from './lineScanner.ts';

/** A range of at most this many bytes is read instead of bisected further. */
const SHORT_RANGE = 32 * 1024;
const CHUNK = 8 * 1024;

/**
 * How much earlier than its predecessor an event may be, in ms, for a reader from a time to find it: clocks
 * are adjusted, and events come from several sources.
 */
export const DISORDER_MS = 10_000;

/**
 * Returns a position after which every event of `time` (ms since the epoch) or later is found, and some earlier ones.
 * Invariant: the event before `low` is more than DISORDER_MS too early, so no earlier event is wanted.
 */
export async function findTime<T>(source: Source<T>, time: number, end: Position): Promise<Position> {
  const wanted = time - DISORDER_MS;
  let low = source.store.start;
  let high = end;
  while (high - low > SHORT_RANGE) {
    const middle = Math.floor((low + high) / 2) as Position;
    const probe = await firstEvent(source, middle, high);
    if (probe === undefined || probe.time >= wanted) high = middle;
    else low = probe.next;
  }
  return low;
}

// Returns the first event that begins in the range. Damaged lines are skipped here: the reader reports them.
async function firstEvent<T>(
  source: Source<T>,
  from: Position,
  to: Position,
): Promise<{ time: number; next: Position } | undefined> {
  try {
    return await scan(source, source.store.keptFrom(from), to);
  } catch (error) {
    // Looked for further ahead then: what is wanted is behind that in any case.
    if (!(error instanceof Gone)) throw error;
    return undefined;
  }
}

/** When the first event in the range happened, in ms since the epoch. */
export async function firstTime<T>(source: Source<T>, from: Position, to: Position): Promise<number | undefined> {
  return (await firstEvent(source, from, to))?.time;
}

async function scan<T>(
  source: Source<T>,
  from: Position,
  to: Position,
): Promise<{ time: number; next: Position } | undefined> {
  if (from >= to) return undefined;
  const end = source.committed.position;
  const lines = new LineScanner(source.store, from, CHUNK, source.maxEventBytes);
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
