/** What QEMU says on its monitor (docs/interop/qmp-spec.txt in its sources). */
import * as z from 'zod/mini';

const greeting = z.object({ QMP: z.object({ version: z.unknown() }) });

const result = z.object({ return: z.unknown(), id: z.number() }).check(z.refine((message) => 'return' in message));

const failure = z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.optional(z.number()) });

const event = z.object({ event: z.string(), data: z._default(z.record(z.string(), z.unknown()), {}) });

export type QmpEvent = z.infer<typeof event>;

export type QmpMessage =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number | undefined; readonly description: string }
  | { readonly kind: 'event'; readonly event: QmpEvent };

const message = z.union([
  z.pipe(
    event,
    z.transform((value): QmpMessage => ({ kind: 'event', event: value })),
  ),
  z.pipe(
    failure,
    z.transform(({ id, error }): QmpMessage => ({ kind: 'failure', id, description: error.desc })),
  ),
  z.pipe(
    greeting,
    z.transform((): QmpMessage => ({ kind: 'greeting' })),
  ),
  z.pipe(
    result,
    z.transform((value): QmpMessage => ({ kind: 'result', id: value.id, value: value.return })),
  ),
]);

/** @throws SyntaxError or z.ZodError for a line that is not QMP */
export function parseMessage(line: string): QmpMessage {
  return message.parse(JSON.parse(line));
}

/** The data of the SHUTDOWN event. */
export const shutdown = z.object({ guest: z.boolean(), reason: z.string() });

export type Shutdown = z.infer<typeof shutdown>;
