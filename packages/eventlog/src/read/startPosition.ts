/** Converts `from` to the position at which reading begins. */
import { EventLogError } from '../errors.ts';
import type { Position } from '../position.ts';
import type { Source } from '../source.ts';
import { Gone } from '../store/gone.ts';
import { findTime } from './findTime.ts';
import type { ReadOptions } from './readOptions.ts';

const NEWLINE = 0x0a;

/**
 * @param end the log's end when the reader was created
 * @throws EventLogError `INVALID_POSITION` if the position is not in the log, or in the middle of an event
 */
export async function startPosition<T>(source: Source<T>, from: ReadOptions['from'], end: Position): Promise<Position> {
  if (from === 'start') return source.store.start;
  if (from === 'now') return end;
  if (from instanceof Date) return await findTime(source, from.getTime(), end);
  await check(source, from);
  return from;
}

// Otherwise a position from another log would be reported as damage. What is no longer kept cannot be checked.
async function check(
  { store, committed }: Pick<Source<unknown>, 'store' | 'committed'>,
  position: Position,
): Promise<void> {
  if (!Number.isSafeInteger(position) || position < 0 || position > committed.position) {
    throw invalid(position, `is not in ${store.path}, which has ${store.start} to ${committed.position}`);
  }
  if (store.beginsAt(position)) return;
  const before = Buffer.alloc(1);
  try {
    await store.read(before, 0, 1, (position - 1) as Position);
  } catch (error) {
    if (error instanceof Gone) return;
    throw error;
  }
  if (before[0] !== NEWLINE) throw invalid(position, `is in the middle of an event of ${store.path}`);
}

function invalid(position: Position, why: string): EventLogError {
  return new EventLogError('INVALID_POSITION', `position ${position} ${why}; read from 'start' or a time instead`);
}
