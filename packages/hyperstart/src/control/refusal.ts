/** Turns the guest's ERROR into a GuestError. Our guest gives a reason, older ones give none. */
import * as z from 'zod/mini';
import { GuestError } from '../errors.ts';
import { guestText } from '../guestText.ts';
import { nameOf } from './nameOf.ts';
import { parseJson } from './parseJson.ts';

const Refusal = z.object({ message: z.string(), code: z.string() });

export function refusal(command: number, payload: Buffer): GuestError {
  const parsed = Refusal.safeParse(jsonIn(payload));
  if (!parsed.success) return new GuestError('REFUSED', `the guest refused ${nameOf(command)} without saying why`);
  const { message, code } = parsed.data;
  return new GuestError(code === 'NOCOMMAND' ? 'NO_COMMAND' : 'REFUSED', guestText(message), {
    guestCode: guestText(code),
  });
}

function jsonIn(payload: Buffer): unknown {
  try {
    return parseJson(payload);
  } catch {
    return undefined;
  }
}
