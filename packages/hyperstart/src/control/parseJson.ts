/** Parses JSON from the guest, which may be malformed. */
import { broken } from '../errors.ts';
import { guestText } from '../guestText.ts';

/** How much of it an error shows, in bytes. */
const SHOWN = 80;

/** @throws GuestError `PROTOCOL` */
export function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch (error) {
    throw broken(`it sent malformed JSON: ${guestText(payload.toString('utf8', 0, SHOWN))}`, { cause: error });
  }
}
