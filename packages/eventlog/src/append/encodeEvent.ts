/** Encodes an event as a line of the log. */
import { EventLogError } from '../errors.ts';

/**
 * Returns exactly `JSON.stringify(event)` and a newline. JSON escapes newlines in strings, so an event is one line. It
 * also escapes lone surrogates, so the line is UTF-8.
 *
 * @throws EventLogError `INVALID_EVENT` if JSON cannot represent the event, or its line exceeds `maxEventBytes`
 */
export function encodeEvent(event: unknown, maxEventBytes: number): string {
  const json = stringify(event);
  if (Buffer.byteLength(json) > maxEventBytes) {
    throw new EventLogError(
      'INVALID_EVENT',
      `the event has ${Buffer.byteLength(json)} bytes as JSON; at most ${maxEventBytes} are allowed`,
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
  if (json === undefined)
    throw new EventLogError('INVALID_EVENT', `JSON cannot represent a value of type ${typeof event}`);
  return json;
}
