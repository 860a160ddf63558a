/**
 * Keeps damaged lines: each is copied once to `events.log.damaged` beside the log and reported once,
 * however many readers find it. The copy has a JSON object per line: offset, length, reason, and the line as `text`, or
 * as `base64` if it is not UTF-8. Many lines are copied by one write, and need no fsync: they are still in the log.
 */
import { isUtf8 } from 'node:buffer';
import { constants, createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Position } from '../position.ts';
import type { Store } from '../store/store.ts';
import { ignoreMissing, mustBeTrusted, openTrusted } from '../store/trust.ts';
import type { DamageReport } from './report.ts';

/** The most bytes that are copied of one line: enough to see what it was. */
const COPY_LIMIT = 64 * 1024;
/** So many bytes of lines wait for the next write. */
const PENDING_BYTES = 256 * 1024;
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

export interface DamagedLine {
  readonly start: Position;
  /** Where the next line begins. */
  readonly next: Position;
  readonly reason: string;
  /** The line without its newline, where the reader has it in memory. */
  readonly bytes: Buffer | undefined;
}

export class DamageRecorder {
  /** The number of damaged parts found since the log was opened. */
  count = 0;
  readonly #store: Store;
  readonly #copyTo: string | undefined;
  readonly #onDamage: ((damage: DamageReport) => void) | undefined;
  readonly #seen = new Set<Position>();
  #copied: Promise<Set<number>> | undefined;
  #pending: DamagedLine[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  /** Without `copyTo`, lines are only reported: a log that is open for reading writes nothing. */
  constructor(store: Store, copyTo: string | undefined, onDamage: ((damage: DamageReport) => void) | undefined) {
    this.#store = store;
    this.#copyTo = copyTo;
    this.#onDamage = onDamage;
  }

  /** Reports an incomplete last line, which was cut off. */
  torn(position: Position, length: number): void {
    this.count++;
    this.#report({ kind: 'torn', count: 1, position, length, reason: 'the line is incomplete' });
  }

  /** Reports a part of the log that is no longer there. */
  lost(position: Position, length: number, reason: string): void {
    this.count++;
    this.#report({ kind: 'lost', count: 1, position, length, reason });
  }

  /**
   * Records a complete line that is not an event. Call `flush` when there is time, and wait where a promise is returned:
   * enough has come together.
   */
  line(line: DamagedLine): Promise<void> | undefined {
    if (this.#seen.has(line.start)) return undefined;
    this.#seen.add(line.start);
    this.count++;
    // The reader's whole chunk would stay in memory.
    const bytes = line.bytes && Buffer.from(line.bytes.subarray(0, COPY_LIMIT));
    this.#pending.push({ ...line, bytes });
    this.#pendingBytes += bytes?.length ?? COPY_LIMIT;
    return this.#pendingBytes >= PENDING_BYTES ? this.flush() : undefined;
  }

  /** Resolves when all recorded lines are copied and reported. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeOut());
    return this.#writing;
  }

  async #writeOut(): Promise<void> {
    const lines = this.#pending;
    const [first] = lines;
    if (first === undefined) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    const { start: position, next, reason } = first;
    const copy = await this.#copy(lines);
    this.#report({ kind: 'line', count: lines.length, position, length: next - position, reason, ...copy });
  }

  // A full disk must not stop a reader: the lines are still in the log.
  async #copy(lines: readonly DamagedLine[]): Promise<Pick<DamageReport, 'copiedTo' | 'copyError'>> {
    if (this.#copyTo === undefined) return {};
    try {
      this.#copied ??= copiedBefore(this.#copyTo);
      const copied = await this.#copied;
      const fresh = lines.filter(({ start }) => !copied.has(start));
      if (fresh.length > 0)
        await this.#append(this.#copyTo, await Promise.all(fresh.map((line) => this.#describe(line))));
      for (const { start } of fresh) copied.add(start);
      return { copiedTo: this.#copyTo };
    } catch (error) {
      this.#copied = undefined;
      return { copyError: error };
    }
  }

  async #append(path: string, descriptions: readonly string[]): Promise<void> {
    const file = await openTrusted(this.#store.openFile, path, APPEND);
    try {
      const buffer = Buffer.from(descriptions.join(''));
      for (let done = 0; done < buffer.length; )
        done += (await file.write(buffer, done, buffer.length - done, 0)).bytesWritten;
    } finally {
      await file.close();
    }
  }

  async #describe(line: DamagedLine): Promise<string> {
    const length = line.next - line.start;
    const bytes = line.bytes ?? (await this.#read(line.start, Math.min(length - 1, COPY_LIMIT)));
    const content = isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') };
    const cut = bytes.length < length - 1 ? { copiedBytes: bytes.length } : {};
    return `${JSON.stringify({ offset: line.start, length, reason: line.reason, ...cut, ...content })}\n`;
  }

  // As much as there is: it may be gone by now.
  async #read(position: Position, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const read = await this.#store.read(bytes, done, length - done, (position + done) as Position).catch(() => 0);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  }

  #report(damage: Omit<DamageReport, 'file'>): void {
    this.#onDamage?.({ file: this.#store.path, ...damage });
  }
}

// Only offsets are read, and only after a damaged line was found: an undamaged log never opens this file.
async function copiedBefore(path: string): Promise<Set<number>> {
  const offsets = new Set<number>();
  const facts = await lstat(path).catch(ignoreMissing);
  if (facts === undefined) return offsets;
  mustBeTrusted(path, facts);
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const offset = /^\{"offset":(\d+),/.exec(line)?.[1];
    if (offset !== undefined) offsets.add(Number(offset));
  }
  return offsets;
}
