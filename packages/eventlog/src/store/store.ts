/**
 * The log's bytes, over all its files. Readers know positions only. Each file is opened once, however many read it, and
 * an older one when somebody reads it. All are closed when the log is closed and the last reader is released.
 */
import { constants } from 'node:fs';
import { EventLogError } from '../errors.ts';
import type { Position } from '../position.ts';
import { Gone } from './gone.ts';
import type { LogFile, OpenLogFile } from './logFile.ts';
import type { Segment } from './segment.ts';
import { openTrusted } from './trust.ts';

/** So many older files stay open. */
const OPEN_SEGMENTS = 4;

export class Store {
  /** The path of the newest file, which is appended to. */
  readonly path: string;
  readonly openFile: OpenLogFile;
  /** The readers that have begun and not ended. */
  readonly readers = new Set<{ readonly position: Position | undefined }>();
  #segments: readonly Segment[] = [];
  /** The open ones, those opened last at the end. */
  readonly #open = new Map<string, Opened>();
  #active: LogFile | undefined;
  #base = 0 as Position;
  /** The first user is the log itself. */
  #users = 1;
  #retired = false;

  constructor(path: string, openFile: OpenLogFile) {
    this.path = path;
    this.openFile = openFile;
  }

  /** The older files, the oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** The newest file; undefined while there is none. */
  get active(): LogFile | undefined {
    return this.#active;
  }

  /** The position of the newest file's first byte. */
  get base(): Position {
    return this.#base;
  }

  /** Where the oldest file that is kept begins. */
  get start(): Position {
    return this.#segments.find(({ first, next }) => next > first)?.first ?? this.#base;
  }

  /** Takes the place of what was known of the files. */
  async set(segments: readonly Segment[], active: LogFile | undefined, base: Position): Promise<void> {
    const before = this.#active;
    this.#segments = segments;
    this.#active = active;
    this.#base = base;
    const paths = new Set(segments.map(({ path }) => path));
    const unused = [...this.#open.keys()].filter((path) => !paths.has(path)).map((path) => this.#close(path));
    if (before !== undefined && before !== active) unused.push(before.close());
    await Promise.allSettled(unused);
  }

  /** The newest file has become an older one. */
  rotated(segment: Segment): void {
    const file = this.#active;
    this.#active = undefined;
    this.#base = segment.next;
    this.#segments = [...this.#segments, segment];
    if (file !== undefined) this.#remember(segment.path, { file: Promise.resolve(file), users: 0 });
  }

  /** Whether a file begins there, and with it a line. */
  beginsAt(position: Position): boolean {
    return position === this.#base || this.#segments.some(({ first }) => first === position);
  }

  /** Where what begins at or after `position` is kept, as far as is known. */
  keptFrom(position: Position): Position {
    if (position >= this.#base) return position;
    const segment = this.#segments.find(({ next }) => next > position);
    return segment === undefined ? this.#base : (Math.max(segment.first, position) as Position);
  }

  /** Where the file that has `position` ends; undefined for the newest. */
  endAround(position: Position): Position | undefined {
    return position >= this.#base ? undefined : this.#segmentAt(position)?.next;
  }

  /** @throws EventLogError `CLOSED` once the log is closed, even while earlier readers continue */
  acquire(): void {
    if (this.#retired) throw new EventLogError('CLOSED', `cannot read ${this.path}: the log is closed; open it again`);
    this.#users++;
  }

  /** Releases the log's own use of the files, and refuses new readers. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.release();
  }

  async release(): Promise<void> {
    this.#users--;
    if (this.#users > 0) return;
    const active = this.#active;
    this.#active = undefined;
    await Promise.allSettled([active?.close(), ...[...this.#open.keys()].map((path) => this.#close(path))]);
  }

  /**
   * Reads at most `length` bytes into `buffer` at `offset`, and no further than where a file ends.
   *
   * @returns how many, at least one
   * @throws Gone
   */
  async read(buffer: Buffer, offset: number, length: number, position: Position): Promise<number> {
    const { file, first, next, done } = await this.#fileAt(position);
    try {
      const { bytesRead } = await file.read(buffer, offset, Math.min(length, next - position), position - first);
      if (bytesRead > 0) return bytesRead;
    } catch (error) {
      throw new Gone(position, error);
    } finally {
      done();
    }
    throw new Gone(position);
  }

  /** The file at a position, which stays open until `done` is called. */
  async #fileAt(position: Position): Promise<{ file: LogFile; first: number; next: number; done: () => void }> {
    if (position >= this.#base) {
      if (this.#active === undefined) throw new Gone(position);
      return { file: this.#active, first: this.#base, next: Number.POSITIVE_INFINITY, done: () => undefined };
    }
    const segment = this.#segmentAt(position);
    if (segment === undefined) throw new Gone(position);
    const { path, first, next } = segment;
    const opened = this.#open.get(path) ?? { file: openTrusted(this.openFile, path, constants.O_RDONLY), users: 0 };
    opened.users++;
    this.#remember(path, opened);
    try {
      return { file: await opened.file, first, next, done: () => void opened.users-- };
    } catch (error) {
      this.#open.delete(path);
      throw new Gone(position, error);
    }
  }

  #segmentAt(position: Position): Segment | undefined {
    return this.#segments.find(({ first, next }) => first <= position && position < next);
  }

  #remember(path: string, opened: Opened): void {
    // Taken out first, so that it is the last one opened.
    this.#open.delete(path);
    this.#open.set(path, opened);
    if (this.#open.size <= OPEN_SEGMENTS) return;
    for (const [other, { users }] of this.#open) if (users === 0) return void this.#close(other);
  }

  // Pending reads of the file end first.
  async #close(path: string): Promise<void> {
    const opened = this.#open.get(path);
    this.#open.delete(path);
    await opened?.file.then((file) => file.close()).catch(() => undefined);
  }
}

interface Opened {
  readonly file: Promise<LogFile>;
  /** Reads under way. */
  users: number;
}
