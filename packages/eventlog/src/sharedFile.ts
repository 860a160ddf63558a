/**
 * One descriptor for all readers: they read at their own offsets, so a hundred of them need no hundred descriptors.
 * It is closed when the log is closed and the last reader has gone.
 */
import { EventLogError } from './errors.ts';
import type { LogFile } from './logFile.ts';
import type { Position } from './position.ts';
import { offsetIn, type Segment } from './segment.ts';

export class SharedFile {
  readonly #file: LogFile;
  readonly segment: Segment;
  /** The first user is the log itself. */
  #users = 1;
  #retired = false;

  constructor(file: LogFile, segment: Segment) {
    this.#file = file;
    this.segment = segment;
  }

  /** @throws EventLogError `CLOSED` once the log is closed, even while earlier readers go on */
  acquire(): void {
    if (this.#retired) throw new EventLogError('CLOSED', `${this.segment.path} is closed: open it again to read it`);
    this.#users++;
  }

  /** The log itself lets go. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.release();
  }

  async release(): Promise<void> {
    this.#users--;
    if (this.#users === 0) await this.#file.close();
  }

  /**
   * Fills `buffer` from `offset` on with exactly `length` bytes.
   *
   * @throws EventLogError `TRUNCATED` when the file ends before
   */
  async read(buffer: Buffer, offset: number, length: number, position: Position): Promise<void> {
    const from = offsetIn(this.segment, position);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#file.read(buffer, offset + done, length - done, from + done);
      if (bytesRead === 0) throw truncated(this.segment, from + length, from + done);
      done += bytesRead;
    }
  }
}

function truncated(segment: Segment, expected: number, found: number): EventLogError {
  return new EventLogError(
    'TRUNCATED',
    `${segment.path} ends at byte ${found}, but ${expected} bytes were written: something else has cut it; open it again`,
  );
}
