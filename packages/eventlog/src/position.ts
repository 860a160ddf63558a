/** Where an event stands in the log. */
import { EventLogError } from './errors.ts';

declare const brand: unique symbol;

/**
 * Bytes from the very beginning of the log to the first byte of an event. It grows with every event, may be stored and
 * compared with `<`, and goes on naming the same event when the log's older part is in other files or gone.
 */
export type Position = number & { readonly [brand]: 'Position' };

/**
 * Takes back a position that was stored as a plain number.
 *
 * @throws EventLogError `INVALID_POSITION` for what is no whole number from 0 on
 * @example
 * log.read({ from: positionFrom(JSON.parse(saved).position), follow: true })
 */
export function positionFrom(value: number): Position {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new EventLogError(
      'INVALID_POSITION',
      `${value} is no position: a whole number of bytes from 0 on is expected`,
    );
  }
  return value as Position;
}
