/** Parses JSON from the guest, which may be malformed. */
import { broken } from '../errors.ts';
import { guestText } from '../guestText.ts';
import { JSON_BYTES, JSON_NESTS } from '../limits.ts';

/** How much of it an error shows, in bytes. */
const SHOWN = 80;

const [ARRAY, OBJECT] = [0x5b, 0x7b];

/** @throws GuestError `PROTOCOL` */
export function parseJson(payload: Buffer, nests = JSON_NESTS): unknown {
  if (payload.length > JSON_BYTES) throw broken(`it sent JSON of ${payload.length} bytes`);
  if (nestsIn(payload) > nests) throw broken(`it sent JSON with more than ${nests} objects and arrays`);
  try {
    return JSON.parse(payload.toString());
  } catch (error) {
    throw broken(`it sent malformed JSON: ${guestText(payload.toString('utf8', 0, SHOWN))}`, { cause: error });
  }
}

function nestsIn(payload: Buffer): number {
  let count = 0;
  for (const byte of payload) if (byte === ARRAY || byte === OBJECT) count += 1;
  return count;
}
