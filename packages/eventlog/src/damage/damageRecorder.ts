/**
 * Keeps damaged lines: each is copied once to `events.log.damaged` beside the log and reported once,
 * however many readers find it. The copy has a JSON object per line: offset, length, reason, and the line as `text`, or
 * as `base64` if it is not UTF-8.
 */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Position } from '../position.ts';
import type { SharedFile } from '../sharedFile.ts';
import type { DamageReport } from './report.ts';

/** The most bytes that are copied of one line: enough to see what it was. */
const COPY_LIMIT = 64 * 1024;

export interface DamagedLine {
  readonly start: Position;
  /** Where the next line begins. */
  readonly next: Position;
  readonly reason: string;
}

export class DamageRecorder {
  /** The number of damaged lines found since the log was opened. */
  count = 0;
  readonly #file: SharedFile;
  readonly #copyTo: string | undefined;
  readonly #onDamage: ((damage: DamageReport) => void) | undefined;
  readonly #seen = new Set<Position>();
  #copied: Promise<Set<number>> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  /** Without `copyTo`, lines are only reported: a log that is open for reading writes nothing. */
  constructor(file: SharedFile, copyTo: string | undefined, onDamage: ((damage: DamageReport) => void) | undefined) {
    this.#file = file;
    this.#copyTo = copyTo;
    this.#onDamage = onDamage;
  }

  /** Reports an incomplete last line, which was cut off. */
  torn(position: Position, length: number): void {
    this.#report({ kind: 'torn', position, length, reason: 'the line is incomplete' });
  }

  /** Records a complete line that is not an event. Resolves when it is copied and reported, by this call or an earlier one. */
  async line(line: DamagedLine): Promise<void> {
    if (this.#seen.has(line.start)) {
      await this.#writing;
      return;
    }
    this.#seen.add(line.start);
    const writing = this.#writing.then(() => this.#copy(line));
    this.#writing = writing;
    this.#report({
      kind: 'line',
      position: line.start,
      length: line.next - line.start,
      reason: line.reason,
      ...(await writing),
    });
  }

  // A full disk must not stop a reader: the line is still in the log.
  async #copy(line: DamagedLine): Promise<Pick<DamageReport, 'copiedTo' | 'copyError'>> {
    if (this.#copyTo === undefined) return {};
    try {
      this.#copied ??= copiedBefore(this.#copyTo);
      const copied = await this.#copied;
      if (!copied.has(line.start)) {
        await appendFile(this.#copyTo, await this.#describe(line), { mode: 0o600, flush: true });
        copied.add(line.start);
      }
      return { copiedTo: this.#copyTo };
    } catch (error) {
      this.#copied = undefined;
      return { copyError: error };
    }
  }

  async #describe(line: DamagedLine): Promise<string> {
    const length = line.next - line.start;
    const bytes = Buffer.alloc(Math.min(length - 1, COPY_LIMIT));
    await this.#file.read(bytes, 0, bytes.length, line.start);
    const content = isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') };
    const cut = bytes.length < length - 1 ? { copiedBytes: bytes.length } : {};
    return `${JSON.stringify({ offset: line.start, length, reason: line.reason, ...cut, ...content })}\n`;
  }

  #report(damage: Omit<DamageReport, 'file'>): void {
    this.count++;
    this.#onDamage?.({ file: this.#file.segment.path, ...damage });
  }
}

// Only offsets are read, and only after a damaged line was found: an undamaged log never opens this file.
async function copiedBefore(path: string): Promise<Set<number>> {
  const offsets = new Set<number>();
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      const offset = /^\{"offset":(\d+),/.exec(line)?.[1];
      if (offset !== undefined) offsets.add(Number(offset));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return offsets;
}
