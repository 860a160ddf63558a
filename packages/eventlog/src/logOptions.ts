/** The options for opening a log. */
import type { DamageReport } from './damage/report.ts';

export const DEFAULT_FILE = 'events.log';
export const DEFAULT_MAX_EVENT_BYTES = 1024 * 1024;

export interface LogOptions<T> {
  /** The log's directory. It and its missing parents are created with mode 0700. */
  readonly dir: string;
  /** Validates the value read from a line. Throws if it is not an event; the line then counts as damaged. */
  readonly parse: (value: unknown) => T;
  /** When an event happened, in ms since the epoch. Used only to start reading at a time. */
  readonly time: (event: T) => number;
  /** Called once for each damaged part that is found. Must not throw. */
  readonly onDamage?: ((damage: DamageReport) => void) | undefined;
  /** The name of the file in `dir`; `events.log` by default. */
  readonly file?: string | undefined;
  /** The longest event's line, in bytes without its newline; 1 MiB by default. */
  readonly maxEventBytes?: number | undefined;
}
