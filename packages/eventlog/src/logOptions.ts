/** The options for opening a log. */
import type { DamageReport } from './damage/report.ts';
import { EventLogError } from './errors.ts';

export const DEFAULT_FILE = 'events.log';
export const DEFAULT_MAX_EVENT_BYTES = 1024 * 1024;

/**
 * When an append resolves, and so what is lost of what was acknowledged:
 *
 * - `each`: after a write and an fdatasync of the event's own. Nothing is lost, and of what was not yet acknowledged at
 *   most one event is half there.
 * - `batch`: after a write and an fdatasync that all share who append meanwhile. Nothing is lost.
 * - `none`: after the write. A kill of the process loses nothing; a power cut loses what the kernel has not yet brought to the disk, the last half minute.
 */
export type Durability = 'each' | 'batch' | 'none';

/** The options that reading needs. */
export interface ReadingOptions<T> {
  /** The log's directory. */
  readonly dir: string;
  /** Validates the value read from a line. Throws if it is not an event; the line then counts as damaged. */
  readonly parse: (value: unknown) => T;
  /** When an event happened, in ms since the epoch. Used only to start reading at a time. */
  readonly time: (event: T) => number;
  /** Called for damage that is found, once for many lines of it. Must not throw. */
  readonly onDamage?: ((damage: DamageReport) => void) | undefined;
  /** The name of the newest file in `dir`; `events.log` by default. */
  readonly file?: string | undefined;
  /** The longest event's line, in bytes without its newline; 1 MiB by default. */
  readonly maxEventBytes?: number | undefined;
}

/** The directory and its missing parents are created with mode 0700. */
export interface LogOptions<T> extends ReadingOptions<T> {
  /** `batch` by default. */
  readonly durability?: Durability | undefined;
  /** A file with at least this many bytes becomes an older segment, and a new one begins; 64 MiB by default. */
  readonly segmentBytes?: number | undefined;
  /** While the log has more bytes, its oldest segment is deleted; 1 GiB by default. At least `segmentBytes`. */
  readonly keepBytes?: number | undefined;
  /** A segment whose last event was appended longer ago, in ms, is deleted; never by default. Files then span at most a quarter of it. */
  readonly keepMs?: number | undefined;
  /** So many bytes of events wait in memory while the disk refuses; 16 MiB by default. */
  readonly maxDelayedBytes?: number | undefined;
  /** How long `close` may wait for the disk, in ms; 2000 by default. */
  readonly closeMs?: number | undefined;
  /** Called when the disk begins to refuse, and when that is over. Must not throw. */
  readonly onDelay?: ((report: DelayReport) => void) | undefined;
}

export interface DelayReport {
  /** `delayed`: events wait in memory. `written`: none does any more. `given up`: the log was closed, and these are lost. */
  readonly state: 'delayed' | 'written' | 'given up';
  /** How many events are or were delayed. */
  readonly events: number;
  /** What the disk said. */
  readonly error?: unknown;
}

/** The options of appending, with what stands for those not given. */
export interface Limits {
  readonly durability: Durability;
  readonly segmentBytes: number;
  readonly keepBytes: number;
  readonly keepMs: number;
  readonly maxDelayedBytes: number;
  readonly closeMs: number;
}

const DURABILITIES: readonly unknown[] = ['each', 'batch', 'none'] satisfies Durability[];

/** @throws EventLogError `INVALID_OPTION` */
export function limitsOf(options: { readonly [Name in keyof Limits]?: Limits[Name] | undefined }): Limits {
  const limits = {
    durability: options.durability ?? 'batch',
    segmentBytes: options.segmentBytes ?? 64 * 1024 * 1024,
    keepBytes: options.keepBytes ?? Math.max(1024 * 1024 * 1024, options.segmentBytes ?? 0),
    keepMs: options.keepMs ?? Number.POSITIVE_INFINITY,
    maxDelayedBytes: options.maxDelayedBytes ?? 16 * 1024 * 1024,
    closeMs: options.closeMs ?? 2000,
  };
  const { durability, segmentBytes, keepBytes } = limits;
  if (!DURABILITIES.includes(durability)) throw invalid(`durability is ${durability}; it is each, batch or none`);
  for (const name of ['segmentBytes', 'keepBytes', 'keepMs', 'maxDelayedBytes', 'closeMs'] as const)
    if (!(limits[name] > 0)) throw invalid(`${name} is ${limits[name]}; it is a number above 0`);
  if (keepBytes < segmentBytes)
    throw invalid(`keepBytes is ${keepBytes}; it is at least segmentBytes, which is ${segmentBytes}`);
  return limits;
}

function invalid(why: string): EventLogError {
  return new EventLogError('INVALID_OPTION', why);
}
