/** JSON from the guest, which need not be any. */
import { GuestError } from '../errors.ts';

/** @throws GuestError `PROTOCOL` */
export function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch (error) {
    throw new GuestError('PROTOCOL', `the guest sent JSON that is none: ${payload.subarray(0, 80).toString()}`, {
      cause: error,
    });
  }
}
