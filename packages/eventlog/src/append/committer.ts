/**
 * Brings events to the tail in the order of the calls. What is appended while a write is under way goes to disk together in
 * the next one (group commit). While the disk refuses, events are kept in memory, and written when it takes them.
 */

import { EventLogError, messageOf } from '../errors.ts';
import type { DelayReport, Limits } from '../logOptions.ts';
import type { Position } from '../position.ts';
import { DelayedError } from './delayedError.ts';
import { Pause } from './pause.ts';
import type { Tail } from './tail.ts';

/** A batch ends once it has this many bytes, so that a burst of appends is not copied to one huge buffer. */
const BATCH_BYTES = 1024 * 1024;
/** The time between two tries while the disk refuses, in ms: it doubles from the least to the most. */
const RETRY_MS = { least: 50, most: 1000 };

interface Pending {
  readonly line: string;
  readonly bytes: number;
  /** Its caller has heard that it is delayed. */
  told: boolean;
  resolve: (position: Position) => void;
  reject: (reason: EventLogError) => void;
}

type Options = Pick<Limits, 'durability' | 'maxDelayedBytes' | 'closeMs'>;

export class Committer {
  readonly #tail: Tail;
  readonly #path: string;
  readonly #options: Options;
  readonly #onDelay: ((report: DelayReport) => void) | undefined;
  readonly #afterAppend: () => Promise<void>;
  readonly #pause = new Pause();
  #queue: Pending[] = [];
  #queuedBytes = 0;
  /** The tail does one thing at a time; each waits for the one before it. */
  #turn: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;
  /** What the disk said, as long as it refuses. */
  #delay: { readonly error: unknown } | undefined;
  #appended = 0;
  /** How many events wait whose callers were told, and how many of them there were since the first. */
  #told = { waiting: 0, all: 0 };
  #closed: EventLogError | undefined;

  /** @param afterAppend looks whether the file has become too large */
  constructor(
    path: string,
    tail: Tail,
    options: Options,
    onDelay: ((report: DelayReport) => void) | undefined,
    afterAppend: () => Promise<void>,
  ) {
    this.#path = path;
    this.#tail = tail;
    this.#options = options;
    this.#onDelay = onDelay;
    this.#afterAppend = afterAppend;
  }

  /** The number of events that wait because the disk refuses. */
  get delayed(): number {
    return this.#told.waiting;
  }

  /** The number of events that were written since the log was opened. */
  get appended(): number {
    return this.#appended;
  }

  /** Resolves with the line's position once it is written. `line` ends with a newline. */
  add(line: string): Promise<Position> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const bytes = Buffer.byteLength(line);
    if (this.#delay !== undefined && this.#queuedBytes + bytes > this.#options.maxDelayedBytes)
      return Promise.reject(this.#overflow(this.#delay.error));
    return new Promise((resolve, reject) => {
      const pending = { line, bytes, told: false, resolve, reject };
      this.#queue.push(pending);
      this.#queuedBytes += bytes;
      if (this.#delay !== undefined) this.#tell(pending, this.#delay.error);
      // A microtask later, so that everything appended in the same breath is in the first batch.
      this.#running ??= Promise.resolve().then(() => this.#run());
    });
  }

  /** Does something to the tail while nothing else does. */
  inTurn<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /**
   * Refuses what comes from now on and resolves when what came before is written, or, after one more try and at most
   * `closeMs`, given up.
   *
   * @returns false if the disk has not answered
   */
  async close(): Promise<boolean> {
    this.#closed ??= new EventLogError('CLOSED', `${this.#path} is closed: nothing can be appended to it`);
    this.#pause.end();
    const limit = new Pause();
    const idle = Promise.resolve(this.#running).then(() => this.#turn);
    const isIdle = await Promise.race([idle.then(() => true), limit.wait(this.#options.closeMs).then(() => false)]);
    limit.end();
    this.#giveUp();
    return isIdle;
  }

  async #run(): Promise<void> {
    let retryMs = RETRY_MS.least;
    while (this.#queue.length > 0) {
      const batch = this.#nextBatch();
      try {
        const position = await this.inTurn(() => this.#tail.append(batch.buffer));
        this.#written(batch.count, position);
        retryMs = RETRY_MS.least;
        await this.inTurn(this.#afterAppend);
      } catch (error) {
        const isLast = this.#closed !== undefined;
        this.#refused(error);
        if (isLast) break;
        await this.#pause.wait(retryMs);
        retryMs = Math.min(2 * retryMs, RETRY_MS.most);
      }
    }
    this.#running = undefined;
  }

  #nextBatch(): { readonly buffer: Buffer; readonly count: number } {
    const most = this.#options.durability === 'each' ? 1 : this.#queue.length;
    let bytes = 0;
    let count = 0;
    while (count < most && bytes < BATCH_BYTES) bytes += this.#queue[count++]?.bytes ?? 0;
    const lines = this.#queue.slice(0, count).map(({ line }) => line);
    return { buffer: Buffer.from(lines.join('')), count };
  }

  #written(count: number, start: Position): void {
    let position: number = start;
    const written = this.#queue.splice(0, count);
    for (const { bytes, resolve } of written) {
      resolve(position as Position);
      position += bytes;
    }
    this.#appended += written.length;
    this.#queuedBytes -= position - start;
    this.#delay = undefined;
    if (this.#told.waiting === 0) return;
    this.#told.waiting -= written.filter(({ told }) => told).length;
    if (this.#told.waiting > 0) return;
    this.#onDelay?.({ state: 'written', events: this.#told.all });
    this.#told.all = 0;
  }

  #refused(error: unknown): void {
    if (this.#delay !== undefined) return;
    this.#delay = { error };
    const isFirst = this.#told.waiting === 0;
    const queue = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    for (const pending of queue) {
      if (this.#queuedBytes + pending.bytes > this.#options.maxDelayedBytes) pending.reject(this.#overflow(error));
      else {
        this.#queue.push(pending);
        this.#queuedBytes += pending.bytes;
        this.#tell(pending, error);
      }
    }
    if (isFirst) this.#onDelay?.({ state: 'delayed', events: this.#told.waiting, error });
  }

  // Its caller hears now that it will take longer.
  #tell(pending: Pending, error: unknown): void {
    if (pending.told) return;
    pending.told = true;
    this.#told.waiting++;
    this.#told.all++;
    const answer = pending.reject;
    const written = new Promise<Position>((resolve, reject) => {
      pending.resolve = resolve;
      pending.reject = reject;
    });
    answer(
      new DelayedError(
        `${this.#path} cannot be written: ${messageOf(error)}; the event is kept in memory until it can`,
        written,
        error,
      ),
    );
  }

  #overflow(error: unknown): EventLogError {
    return new EventLogError(
      'OVERFLOW',
      `${this.#path} cannot be written: ${messageOf(error)}; ${this.#options.maxDelayedBytes} bytes of events wait already, and this event is lost`,
      { cause: error },
    );
  }

  #giveUp(): void {
    const lost = this.#queue.splice(0);
    if (lost.length === 0) return;
    const error = this.#delay?.error ?? new Error(`the disk did not answer within ${this.#options.closeMs} ms`);
    const reason = new EventLogError(
      'WRITE_FAILED',
      `${this.#path} was closed, and the event could not be written: ${messageOf(error)}`,
      { cause: error },
    );
    for (const { reject } of lost) reject(reason);
    this.#told.waiting = 0;
    this.#onDelay?.({ state: 'given up', events: lost.length, error });
  }
}
