/** Parses JSON from the guest, which may be malformed. */
import { GuestError } from '../errors.ts';

/** @throws GuestError `PROTOCOL` */
export function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch (error) {
    throw new GuestError('PROTOCOL', `the guest sent malformed JSON: ${payload.subarray(0, 80).toString()}`, {
      cause: error,
    });
  }
}
