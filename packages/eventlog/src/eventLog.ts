/** The public class of the log. */
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
 * A durable, append-only log of JSON events, one per line, in a file that grep can read.
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

  /** Used by `open`, and by tests that supply their own disk. */
  constructor(open: OpenLog<T>) {
    this.#open = open;
    this.#maxEventBytes = open.source.maxEventBytes;
  }

  /**
   * Opens the log for appending and reading, and creates it if it is missing. Reads a few bytes of the tail, whatever
   * the log's size. An incomplete last line, left by a crash, is cut off and reported.
   *
   * @throws EventLogError `LOCKED` if the log is already open for appending, in this or another process; `NO_LOCK`
   * @throws Error of the file system, if the directory cannot be created or the file cannot be opened
   */
  static async open<T>(options: LogOptions<T>): Promise<EventLog<T>> {
    return new EventLog(await openForAppend(options));
  }

  /**
   * Opens a log that another process may be appending to. Changes nothing and locks nothing. Followers are notified
   * by inotify, and end when the file is removed. They also see events that the other process has written but not yet
   * synced. An open log keeps the process running.
   *
   * @throws EventLogError `NOT_FOUND`
   */
  static async openReadOnly<T>(options: LogOptions<T>): Promise<ReadableEventLog<T>> {
    return new ReadOnlyEventLog(await openReadOnly(options));
  }

  get end(): Position {
    return this.#open.source.committed.position;
  }

  get damaged(): number {
    return this.#open.source.damage.count;
  }

  /**
   * Resolves with the event's position once it is on disk (fdatasync). Appends made during a write share the next
   * write. Events are in the log in the order of the calls.
   *
   * @throws EventLogError `INVALID_EVENT`; `WRITE_FAILED` if this event is not in the log but later appends may succeed;
   *   `FAILED` if every append fails until the log is reopened; `CLOSED`
   */
  async append(event: T): Promise<Position> {
    return await this.#open.committer.add(encodeEvent(event, this.#maxEventBytes));
  }

  /**
   * Reads all events in order, each once, each reader at its own pace. A damaged line is copied to
   * `events.log.damaged`, reported and skipped. Leaving the loop, `return()` or the signal releases the reader.
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
   * Like `read`, but yields all events that are in memory at a time, at least one: for readers of many events. Appended
   * events arrive as soon as with `read`. While it waits, only the signal ends it.
   *
   * @example
   * for await (const batch of log.readBatches({ from: 'start' })) for (const { event } of batch) count(event);
   */
  readBatches(options: ReadOptions): AsyncIterableIterator<readonly Entry<T>[], void> {
    return new Reader(this.#open.source, options).batches();
  }

  /**
   * Waits for earlier appends, releases the lock, and lets each reader finish reading what is there. A reader
   * that was started but neither finishes nor is released keeps the file descriptor open.
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
    source.committed.close();
    await source.file.retire();
    await lock.close();
  }
}
