/** The log as its users see it. */
import { encodeEvent } from './append/encodeEvent.ts';
import type { LogOptions } from './logOptions.ts';
import { type OpenLog, openForAppend } from './open/openForAppend.ts';
import { openReadOnly } from './open/openReadOnly.ts';
import type { Position } from './position.ts';
import { Reader } from './read/reader.ts';
import type { Entry, ReadOptions } from './read/readOptions.ts';
import type { ReadableEventLog } from './readableEventLog.ts';
import { ReadOnlyEventLog } from './readOnlyEventLog.ts';

/**
 * A durable, append-only log of JSON events, one a line, in a file that anybody can read with grep.
 *
 * @example
 * const log = await EventLog.open({ dir: '/run/example', parse: (value) => Event.parse(value), time: (e) => e.at });
 * await log.append({ at: Date.now(), what: 'started' });
 * for await (const { event } of log.read({ from: 'start', follow: true })) console.log(event.what);
 */
export class EventLog<T> implements ReadableEventLog<T> {
  readonly #open: OpenLog<T>;
  readonly #maxEventBytes: number;
  #closing: Promise<void> | undefined;

  /** For `open`, and for tests that bring their own disk. */
  constructor(open: OpenLog<T>) {
    this.#open = open;
    this.#maxEventBytes = open.source.maxEventBytes;
  }

  /**
   * Opens the log for appending and reading; makes it where there is none. It reads a few bytes of the tail, whatever
   * the log's size. A last line without its end, left by a crash, is cut off and reported.
   *
   * @throws EventLogError `LOCKED` when it is open for appending already, here or in another process; `NO_LOCK`
   * @throws Error of the file system, for a directory that cannot be made or a file that cannot be opened
   */
  static async open<T>(options: LogOptions<T>): Promise<EventLog<T>> {
    return new EventLog(await openForAppend(options));
  }

  /**
   * Opens a log that another process may be appending to. Nothing is changed, nothing is locked; followers are woken
   * by inotify, and end when the file is removed. What another process has written but not yet brought to the disk is
   * seen too. The process does not end by itself before the log is closed.
   *
   * @throws EventLogError `NOT_FOUND`
   */
  static async openReadOnly<T>(options: LogOptions<T>): Promise<ReadableEventLog<T>> {
    return new ReadOnlyEventLog(await openReadOnly(options));
  }

  get end(): Position {
    return this.#open.source.tide.end;
  }

  get damaged(): number {
    return this.#open.source.damage.count;
  }

  /**
   * Resolves with the event's position once it is on disk (fdatasync). Appends made while a write is under way share
   * the next one. The order of the calls is the order in the log.
   *
   * @throws EventLogError `INVALID_EVENT`; `WRITE_FAILED` when this event is not in the log but a later one may be;
   *   `FAILED` when the log takes nothing more until it is opened anew; `CLOSED`
   */
  async append(event: T): Promise<Position> {
    return await this.#open.committer.add(encodeEvent(event, this.#maxEventBytes));
  }

  /**
   * Reads events in order, none twice and none left out, each reader at its own pace. A damaged line is copied to
   * `events.log.damaged`, reported and passed over. Leaving the loop, `return()` or the signal let the reader go.
   *
   * @throws EventLogError (from `next()`) `INVALID_POSITION`, `TRUNCATED`, `CLOSED`; the signal's reason
   * @example
   * const live = log.end;
   * for await (const { event, next } of log.read({ from: new Date('2026-11-23'), to: live })) replay(event, next);
   * for await (const { event } of log.read({ from: live, follow: true, signal })) show(event);
   */
  read(options: ReadOptions): AsyncIterableIterator<Entry<T>, undefined> {
    return new Reader(this.#open.source, options);
  }

  /**
   * As `read`, with as many events at a time as are in memory, at least one: for whoever reads many. What is appended
   * comes as soon as with `read`. While it waits, only the signal ends it.
   *
   * @example
   * for await (const batch of log.readBatches({ from: 'start' })) for (const { event } of batch) count(event);
   */
  readBatches(options: ReadOptions): AsyncIterableIterator<readonly Entry<T>[], void> {
    return new Reader(this.#open.source, options).batches();
  }

  /**
   * Waits for the appends made before, gives the lock back, and lets each reader read what is there and end. A reader
   * that was begun and neither ends nor is left keeps the file's descriptor.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { source, committer, lock } = this.#open;
    await committer.close();
    source.tide.close();
    await source.file.retire();
    await lock.close();
  }
}
