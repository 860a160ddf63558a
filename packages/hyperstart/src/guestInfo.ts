/** The properties of the connected guest. */
import * as z from 'zod/mini';

const Guest = z.object({
  /** hyperstart's version number; 0 for guests before GETVERSION. */
  version: z.int(),
  /** Whether both ends speak the extended protocol. */
  extended: z.boolean(),
  /** The guest's kernel release; unknown with an older guest. */
  kernel: z.optional(z.string()),
  /** Bytes of input that the host may send on a stream beyond what its process has taken. */
  window: z.int(),
  /** Bytes of output that the guest may send on a stream beyond what was passed on. */
  ourWindow: z.int(),
});

export type GuestInfo = Readonly<z.infer<typeof Guest>>;

/** Checks what was stored as JSON; undefined for anything else. */
export function parseGuestInfo(value: unknown): GuestInfo | undefined {
  return Guest.safeParse(value).data;
}
