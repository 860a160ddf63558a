/** An event as its line. */
import { EventLogError } from '../errors.ts';

/**
 * Exactly `JSON.stringify(event)` and a newline. JSON escapes newlines inside strings, so one event is one line, and
 * it escapes halves of surrogate pairs, so the line is UTF-8.
 *
 * @throws EventLogError `INVALID_EVENT` for what JSON has no word for, and for a line of more than `maxEventBytes`
 */
export function encodeEvent(event: unknown, maxEventBytes: number): string {
  const json = stringify(event);
  if (Buffer.byteLength(json) > maxEventBytes) {
    throw new EventLogError(
      'INVALID_EVENT',
      `an event of ${Buffer.byteLength(json)} bytes is longer than the ${maxEventBytes} that a line may have`,
    );
  }
  return `${json}\n`;
}

function stringify(event: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(event);
  } catch (error) {
    throw new EventLogError('INVALID_EVENT', `the event cannot be written as JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (json === undefined) throw new EventLogError('INVALID_EVENT', `JSON has no word for ${typeof event}`);
  return json;
}
