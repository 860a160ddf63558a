/**
 * Group commit: what is appended while a write is under way goes to disk together in the next one, so that a hundred
 * appends cost a few pairs of write and fdatasync. The order of the calls is the order on disk.
 */

import type { CommittedEnd } from '../committedEnd.ts';
import { EventLogError } from '../errors.ts';
import type { LogFile } from '../logFile.ts';
import type { Position } from '../position.ts';
import { offsetIn, type Segment } from '../segment.ts';

/** A batch ends once it has this many bytes, so that a burst of appends is not copied to one huge buffer. */
const BATCH_BYTES = 1024 * 1024;

interface Pending {
  readonly line: string;
  readonly bytes: number;
  readonly resolve: (position: Position) => void;
  readonly reject: (reason: EventLogError) => void;
}

export class Committer {
  readonly #file: LogFile;
  readonly #segment: Segment;
  readonly #committedEnd: CommittedEnd;
  #queue: Pending[] = [];
  #running: Promise<void> | undefined;
  #refusal: EventLogError | undefined;

  constructor(file: LogFile, segment: Segment, committedEnd: CommittedEnd) {
    this.#file = file;
    this.#segment = segment;
    this.#committedEnd = committedEnd;
  }

  /** Resolves with the line's position once it is on disk. `line` ends with a newline. */
  add(line: string): Promise<Position> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    return new Promise((resolve, reject) => {
      this.#queue.push({ line, bytes: Buffer.byteLength(line), resolve, reject });
      // A microtask later, so that everything appended in the same breath is in the first batch.
      this.#running ??= Promise.resolve().then(() => this.#run());
    });
  }

  /** Refuses what comes from now on and resolves when what came before has reached the disk or was rejected. */
  async close(): Promise<void> {
    this.#refusal ??= new EventLogError('CLOSED', `${this.#segment.path} is closed: nothing can be appended to it`);
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#commit(batch);
      } catch (error) {
        const reason = error as EventLogError;
        for (const pending of batch) pending.reject(reason);
        if (reason.code === 'FAILED') this.#refuse(reason);
      }
    }
    this.#running = undefined;
  }

  #takeBatch(): Pending[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && bytes < BATCH_BYTES) bytes += this.#queue[count++]?.bytes ?? 0;
    return this.#queue.splice(0, count);
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    const start = this.#committedEnd.position;
    const buffer = Buffer.from(batch.map((pending) => pending.line).join(''));
    await this.#write(buffer, start);
    await this.#sync(start);
    this.#committedEnd.advance((start + buffer.length) as Position);
    let position: number = start;
    for (const pending of batch) {
      pending.resolve(position as Position);
      position += pending.bytes;
    }
  }

  async #write(buffer: Buffer, start: Position): Promise<void> {
    const from = offsetIn(this.#segment, start);
    try {
      let done = 0;
      while (done < buffer.length) {
        const { bytesWritten } = await this.#file.write(buffer, done, buffer.length - done, from + done);
        if (bytesWritten === 0) throw new Error('the disk took no byte');
        done += bytesWritten;
      }
    } catch (error) {
      await this.#takeBack(start, error);
      throw new EventLogError('WRITE_FAILED', `cannot write ${this.#segment.path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  // A part of a batch may have been written. It must be gone before the next batch: its appends were rejected.
  async #takeBack(start: Position, cause: unknown): Promise<void> {
    try {
      await this.#file.truncate(offsetIn(this.#segment, start));
    } catch {
      throw new EventLogError(
        'FAILED',
        `cannot write ${this.#segment.path}, nor take back what was written of it: ${messageOf(cause)}; open it again`,
        { cause },
      );
    }
  }

  // After a failed fdatasync Linux marks the pages clean though they never reached the disk: a second fdatasync would
  // succeed and prove nothing, for these events and for any written before them since the last good one. So the file
  // counts as failed until it is opened anew, and what is read from it then is what really is on the disk.
  async #sync(start: Position): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (error) {
      // Best effort: these appends are rejected, so better not find them there later.
      await this.#file.truncate(offsetIn(this.#segment, start)).catch(() => undefined);
      throw new EventLogError(
        'FAILED',
        `cannot get ${this.#segment.path} onto the disk: ${messageOf(error)}; open it again`,
        { cause: error },
      );
    }
  }

  #refuse(reason: EventLogError): void {
    this.#refusal ??= reason;
    for (const pending of this.#queue.splice(0)) pending.reject(reason);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
