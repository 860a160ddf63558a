/** What a guest says by itself of a container's processes (PROCESSASYNCEVENT). */
import * as z from 'zod/mini';
import { parseJson } from './control/parseJson.ts';
import { broken } from './errors.ts';

const Finished = z.object({
  container: z.string(),
  process: z.string(),
  event: z.literal('finished'),
  status: z.int(),
  /** How much it had written to stdout and to stderr, where others hold these. */
  written: z.optional(z.tuple([z.int().check(z.gte(0)), z.int().check(z.gte(0))])),
});
const OutOfMemory = z.object({ container: z.string(), event: z.literal('oom') });
const MemoryShort = z.object({ event: z.literal('memory-short') });
const Event = z.union([Finished, OutOfMemory, MemoryShort]);

/** @throws GuestError `PROTOCOL` */
export function parseProcessEvent(payload: Buffer): z.infer<typeof Event> {
  const event = Event.safeParse(parseJson(payload)).data;
  if (!event) throw broken('it sent a malformed process event');
  return event;
}
