/** The public class of the log. */
import { encodeEvent } from './append/encodeEvent.ts';
import type { LogMeasures } from './logMeasures.ts';
import type { LogOptions, ReadingOptions } from './logOptions.ts';
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
   * @throws EventLogError `LOCKED` if the log is already open for appending, in this or another process; `NO_LOCK`;
   *   `UNSAFE` if others could write one of its files; `INVALID_OPTION`
   * @throws Error of the file system, if the directory cannot be created or the file cannot be opened
   */
  static async open<T>(options: LogOptions<T>): Promise<EventLog<T>> {
    return new EventLog(await openForAppend(options));
  }

  /**
   * Opens a log that another process may be appending to. Changes nothing and locks nothing. Followers are notified
   * by inotify, and end when the directory is removed. They also see events that the other process has written but not yet
   * synced. An open log keeps the process running.
   *
   * @throws EventLogError `NOT_FOUND`, `UNSAFE`
   */
  static async openReadOnly<T>(options: ReadingOptions<T>): Promise<ReadableEventLog<T>> {
    return new ReadOnlyEventLog(await openReadOnly(options));
  }

  get end(): Position {
    return this.#open.source.committed.position;
  }

  get damaged(): number {
    return this.#open.source.damage.count;
  }

  /** The number of events that wait in memory because the disk refuses them. */
  get delayed(): number {
    return this.#open.committer.delayed;
  }

  /** Numbers for whoever watches the log. */
  get measures(): LogMeasures {
    const { source, committer } = this.#open;
    const { store } = source;
    const behind = [...store.readers].map(({ position = this.end }) => this.end - position);
    return {
      appended: committer.appended,
      delayed: committer.delayed,
      bytes: this.end - store.start,
      files: store.segments.length + (store.active ? 1 : 0),
      readers: store.readers.size,
      lagBytes: Math.max(0, ...behind),
    };
  }

  /**
   * Resolves with the event's position once it is written as `durability` says. Events are in the log in the order of
   * the calls.
   *
   * @throws DelayedError while the disk refuses (full, over quota, an I/O error): the event is kept and written later, and
   *   the error's `written` says when. EventLogError `OVERFLOW` if too many wait already; `INVALID_EVENT`; `CLOSED`
   */
  async append(event: T): Promise<Position> {
    // Returned, not awaited: of many at once each await counts.
    return this.#open.committer.add(encodeEvent(event, this.#maxEventBytes));
  }

  /**
   * Reads all events in order, each once, each reader at its own pace. A damaged line is copied to
   * `events.log.damaged`, reported and skipped. Leaving the loop, `return()` or the signal releases the reader.
   *
   * What is no longer there (retired, or lost to another program) is passed over, and `onMissed` told.
   *
   * @throws EventLogError (from `next()`) `INVALID_POSITION`, `CLOSED`; the signal's reason
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
   * Waits for earlier appends (at most `closeMs`), releases the lock, and lets each reader finish reading what is there.
   * While the disk refuses it tries once more, then gives up what waits. A reader that was started but neither finishes
   * nor is released keeps the file descriptor open.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { source, committer, tail, lock, upkeep } = this.#open;
    clearInterval(upkeep);
    const isIdle = await committer.close();
    tail.stop();
    source.committed.close();
    const released = Promise.all([source.damage.flush(), source.store.retire()]).then(() => lock.close());
    // Node closes no file before a pending write has ended, which may be never.
    if (isIdle) await released;
    else released.catch(() => undefined);
  }
}
