/**
 * One file descriptor for all readers: each reads at its own offset, so a hundred readers need one descriptor.
 * It is closed when the log is closed and the last reader is released.
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

  /** @throws EventLogError `CLOSED` once the log is closed, even while earlier readers continue */
  acquire(): void {
    if (this.#retired)
      throw new EventLogError('CLOSED', `cannot read ${this.segment.path}: the log is closed; open it again`);
    this.#users++;
  }

  /** Releases the log's own use of the file, and refuses new readers. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.release();
  }

  async release(): Promise<void> {
    this.#users--;
    if (this.#users === 0) await this.#file.close();
  }

  /**
   * Reads exactly `length` bytes into `buffer` at `offset`.
   *
   * @throws EventLogError `TRUNCATED` if the file is too short
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
    `${segment.path} ends at byte ${found}, but ${expected} bytes were written: another program truncated it; open it again`,
  );
}
