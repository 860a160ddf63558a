/** Converts `from` to the position at which reading begins. */
import { EventLogError } from '../errors.ts';
import type { Position } from '../position.ts';
import { type Source, startOf } from '../source.ts';
import { findTime } from './findTime.ts';
import type { ReadOptions } from './readOptions.ts';

const NEWLINE = 0x0a;

/**
 * @param end the log's end when the reader was created
 * @throws EventLogError `INVALID_POSITION` if the position is not in the log, or in the middle of an event
 */
export async function startPosition<T>(source: Source<T>, from: ReadOptions['from'], end: Position): Promise<Position> {
  if (from === 'start') return startOf(source);
  if (from === 'now') return end;
  if (from instanceof Date) return await findTime(source, from.getTime(), end);
  await check(source, from);
  return from;
}

// Otherwise a position from another log, or from before a file was replaced, would be reported as damage.
async function check(source: Pick<Source<unknown>, 'file' | 'committed'>, position: Position): Promise<void> {
  const { file, committed } = source;
  const start = startOf(source);
  if (!Number.isSafeInteger(position) || position < start || position > committed.position) {
    throw invalid(position, `is not in ${file.segment.path}, which has ${start} to ${committed.position}`);
  }
  if (position === start) return;
  const before = Buffer.alloc(1);
  await file.read(before, 0, 1, (position - 1) as Position);
  if (before[0] !== NEWLINE) throw invalid(position, `is in the middle of an event of ${file.segment.path}`);
}

function invalid(position: Position, why: string): EventLogError {
  return new EventLogError('INVALID_POSITION', `position ${position} ${why}; read from 'start' or a time instead`);
}
