/** What a log is opened with. */
import type { DamageReport } from './damage/report.ts';

export const DEFAULT_FILE = 'events.log';
export const DEFAULT_MAX_EVENT_BYTES = 1024 * 1024;

export interface LogOptions<T> {
  /** The log's directory. Missing parents are made, with mode 0700. */
  readonly dir: string;
  /** Checks what was read from a line and gives it its type. Throws for what is no event; such a line is damage. */
  readonly parse: (value: unknown) => T;
  /** When an event happened, in ms since the epoch. Only used to begin reading at a time. */
  readonly time: (event: T) => number;
  /** Told once of each damaged piece that is met. Must not throw. */
  readonly onDamage?: ((damage: DamageReport) => void) | undefined;
  /** The file's name in `dir`; `events.log` by default. */
  readonly file?: string | undefined;
  /** The longest line that may be an event, in bytes without its newline; 1 MiB by default. */
  readonly maxEventBytes?: number | undefined;
}
