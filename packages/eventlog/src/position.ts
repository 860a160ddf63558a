/** The position of an event in the log. */
import { EventLogError } from './errors.ts';

declare const brand: unique symbol;

/**
 * The number of bytes from the first byte ever logged to the event's first byte. It grows with every event. It may be
 * stored, and compared with `<`. It names the same event even when older parts of the log are in other files or deleted.
 */
export type Position = number & { readonly [brand]: 'Position' };

/**
 * Converts a stored number back to a position.
 *
 * @throws EventLogError `INVALID_POSITION` unless it is an integer of at least 0
 * @example
 * log.read({ from: positionFrom(JSON.parse(saved).position), follow: true })
 */
export function positionFrom(value: number): Position {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new EventLogError('INVALID_POSITION', `${value} is not a position: an integer of at least 0 is expected`);
  }
  return value as Position;
}
