/** An event as it stands in events.log. Checked by hand: a replay reads them faster than zod checks them. */

const TYPES = ['start-container', 'start-process', 'exit', 'oom', 'pause', 'resume'] as const;

export interface ContainerEvent {
  readonly id: string;
  readonly type: (typeof TYPES)[number];
  /** RFC 3339 with nanoseconds, UTC. */
  readonly timestamp: string;
  /** The process's name in its container; absent for a container's own events. */
  readonly pid?: string | undefined;
  /** The exit status, 0 to 255, 128 + n for a signal; absent when 0. */
  readonly status?: number | undefined;
  /** Why a process ended that did not end by itself: what became of its VM, or that memory ran out. One line. */
  readonly reason?: string | undefined;
}

/** @throws TypeError, saying what is wrong, for a value that is no event */
export function parseEvent(value: unknown): ContainerEvent {
  mustBeEvent(value);
  return value;
}

/** ms since the epoch */
export function eventTime(event: ContainerEvent): number {
  return Date.parse(event.timestamp);
}

/** A time as it is written here; Date.parse, which takes five times as long, judges all others. */
const USUAL_TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

const KNOWN: ReadonlySet<unknown> = new Set(TYPES);

function mustBeEvent(value: unknown): asserts value is ContainerEvent {
  if (typeof value !== 'object' || value === null) throw wrong('the line', value);
  const { id, type, timestamp, pid, status, reason }: Partial<Record<keyof ContainerEvent, unknown>> = value;
  if (typeof id !== 'string') throw wrong('id', id);
  if (!KNOWN.has(type)) throw wrong('type', type);
  if (typeof timestamp !== 'string' || !isTime(timestamp)) throw wrong('timestamp', timestamp);
  if (pid !== undefined && typeof pid !== 'string') throw wrong('pid', pid);
  if (status !== undefined && !isStatus(status)) throw wrong('status', status);
  if (reason !== undefined && typeof reason !== 'string') throw wrong('reason', reason);
}

function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255;
}

function isTime(text: string): boolean {
  return USUAL_TIME.test(text) || !Number.isNaN(Date.parse(text));
}

function wrong(what: string, value: unknown): TypeError {
  return new TypeError(`no event: ${what} is ${JSON.stringify(value)}`);
}
