/** What the guest at the other end is. */
import * as z from 'zod/mini';

const Guest = z.object({
  /** hyperstart's version number; 0 for guests before GETVERSION. */
  version: z.int(),
  /** Whether both ends speak the extended protocol. */
  extended: z.boolean(),
  /** The guest's kernel release; unknown with an older guest. */
  kernel: z.optional(z.string()),
  /** Bytes of input that each stream may have under way. */
  window: z.int(),
  /** Bytes of output that each stream may have under way. */
  ourWindow: z.int(),
});

export type GuestInfo = Readonly<z.infer<typeof Guest>>;

/** What was kept as JSON; undefined for what is none. */
export function parseGuestInfo(value: unknown): GuestInfo | undefined {
  return Guest.safeParse(value).data;
}
