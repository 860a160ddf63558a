/** An event as it stands in events.log. */
import * as z from 'zod/mini';

const types = ['start-container', 'start-process', 'exit', 'oom', 'pause', 'resume'] as const;

export interface ContainerEvent {
  readonly id: string;
  readonly type: (typeof types)[number];
  /** RFC 3339 with nanoseconds, UTC. */
  readonly timestamp: string;
  /** The process's name in its container; absent for a container's own events. */
  readonly pid?: string | undefined;
  /** The exit status, 128 + n for a signal; absent when 0. */
  readonly status?: number | undefined;
}

const Event = z.object({
  id: z.string(),
  type: z.enum(types),
  timestamp: z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)), 'no time')),
  pid: z.optional(z.string()),
  status: z.optional(z.int()),
});

/** @throws ZodError for a value that is no event */
export function parseEvent(value: unknown): ContainerEvent {
  return Event.parse(value);
}

/** ms since the epoch */
export function eventTime(event: ContainerEvent): number {
  return Date.parse(event.timestamp);
}
