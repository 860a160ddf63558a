/**
 * The log's end, where lines are written. Other programs may cut, remove, replace or append to the file: before and
 * after each write the tail looks at what is there. What is not as it left it is put in order first.
 */
import { constants, lstatSync } from 'node:fs';
import { lstat, rename } from 'node:fs/promises';
import path from 'node:path';
import type { CommittedEnd } from '../committedEnd.ts';
import type { DamageRecorder } from '../damage/damageRecorder.ts';
import type { Durability } from '../logOptions.ts';
import type { Position } from '../position.ts';
import { lastLineEnd } from '../store/lastLineEnd.ts';
import type { FileFacts, LogFile } from '../store/logFile.ts';
import { makeDirectory, syncDirectory } from '../store/makeDirectory.ts';
import { mark } from '../store/mark.ts';
import { endOf, segmentOf } from '../store/segment.ts';
import type { Store } from '../store/store.ts';
import { ignoreMissing, openTrusted } from '../store/trust.ts';

/** A write is an append: on a file that was cut it makes no hole. */
const APPENDING = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT;

/** How often a write is tried again at once because another program changed the file. */
const TRIES = 5;

export class Tail {
  readonly #store: Store;
  readonly #committed: CommittedEnd;
  readonly #damage: DamageRecorder;
  readonly #durability: Durability;
  /** The file that the store has open. */
  #identity: Pick<FileFacts, 'ino' | 'dev'> | undefined;
  #stopped = false;
  /** What has to be put in order before the next write: what this log left behind the end, or what another program did. */
  #disorder: 'left over' | 'changed' | undefined = 'changed';

  constructor(store: Store, committed: CommittedEnd, damage: DamageRecorder, durability: Durability) {
    this.#store = store;
    this.#committed = committed;
    this.#damage = damage;
    this.#durability = durability;
  }

  /** The bytes in the newest file. */
  get size(): number {
    return this.#committed.position - this.#store.base;
  }

  /**
   * Writes whole lines, by the log's durability. One call at a time.
   *
   * @returns where they begin
   * @throws Error of the file system; they are then not in the log, and may be written again
   */
  async append(lines: Buffer): Promise<Position> {
    for (let tries = 0; tries < TRIES; tries++) {
      if (this.#disorder !== undefined) await this.putInOrder();
      const start = this.#committed.position;
      if (await this.#tryWrite(lines)) {
        this.#committed.advance((start + lines.length) as Position);
        return start;
      }
    }
    throw new Error(`another program changed the file ${TRIES} times while it was written`);
  }

  /** Looks for what other programs did to the file, and goes on behind what is lost by it. One call at a time, and not during `append`. */
  async putInOrder(): Promise<void> {
    if (this.#stopped) throw new Error('the log is closed');
    const { active, path } = this.#store;
    const there = await lstat(path).catch(ignoreMissing);
    if (active === undefined || there === undefined || !this.#isOurs(there)) await this.#replace(there !== undefined);
    else if (there.size < this.size) await this.#cut(active, there.size);
    else if (there.size > this.size) await this.#trim(active, there.size);
    this.#disorder = undefined;
  }

  /** Nothing is changed any more: the lock is about to be released. */
  stop(): void {
    this.#stopped = true;
  }

  /** The newest file becomes a segment, and a new one begins. Does nothing while it is empty. */
  async rotate(): Promise<void> {
    if (this.#disorder !== undefined) await this.putInOrder();
    const { active } = this.#store;
    if (this.size > 0 && active !== undefined) await this.#retire(active);
    await this.putInOrder();
  }

  // Another program may have cut the file since it was looked at: what is lost is known once nobody finds it by its name.
  async #retire(file: LogFile): Promise<void> {
    const { base } = this.#store;
    const size = this.size;
    if (!(await this.#setAside(this.#committed.position))) return;
    const there = (await file.stat()).size;
    if (there >= size) return;
    const end = await lastLineEnd(file, there, 0);
    if (end < there) await file.truncate(end);
    this.#damage.lost((base + end) as Position, size - end, 'another program cut the file');
  }

  // A part of the lines that is left behind the end looks to other processes as if they were written.
  async #tryWrite(lines: Buffer): Promise<boolean> {
    try {
      return await this.#write(lines);
    } catch (error) {
      await this.putInOrder().catch(() => undefined);
      throw error;
    }
  }

  // Whether it is there as it was written.
  async #write(lines: Buffer): Promise<boolean> {
    const file = this.#store.active;
    this.#disorder = 'changed';
    if (file === undefined || !this.#hasSize(this.size)) return false;
    this.#disorder = 'left over';
    for (let done = 0; done < lines.length; ) {
      const { bytesWritten } = await file.write(lines, done, lines.length - done, this.size + done);
      if (bytesWritten === 0) throw new Error('the disk took no byte');
      done += bytesWritten;
    }
    const isIntact = this.#hasSize(this.size + lines.length);
    if (isIntact && this.#durability !== 'none') await file.datasync();
    this.#disorder = isIntact ? undefined : 'changed';
    if (!isIntact) await this.#takeBack(file, lines);
    return isIntact;
  }

  // Whether the name still has this file, and nobody cut it or appended to it. The kernel has that in memory, so that to ask
  // takes microseconds; a thread that asks would take as long as a write.
  #hasSize(size: number): boolean {
    const there = lstatSync(this.#store.path, { throwIfNoEntry: false });
    return there !== undefined && this.#isOurs(there) && there.size === size;
  }

  // The lines are at the file's end, behind what another program made of it, or only in part.
  async #takeBack(file: LogFile, lines: Buffer): Promise<void> {
    const end = Buffer.alloc(lines.length);
    const from = (await file.stat()).size - lines.length;
    if (from >= 0) await file.read(end, 0, end.length, from);
    if (end.equals(lines)) await file.truncate(from);
    else this.#disorder = 'left over';
  }

  #isOurs({ ino, dev }: FileFacts): boolean {
    return ino === this.#identity?.ino && dev === this.#identity.dev;
  }

  // More is there than was committed.
  async #trim(file: LogFile, size: number): Promise<void> {
    const end = this.#disorder === 'left over' ? this.size : await lastLineEnd(file, size, this.size);
    if (end < size) {
      await file.truncate(end);
      if (this.#disorder !== 'left over') this.#damage.torn(this.#at(end), size - end);
    }
    if (end > this.size) this.#committed.advance(this.#at(end));
  }

  // Less is there: the rest of it becomes a segment, so that positions go on where they were.
  async #cut(file: LogFile, size: number): Promise<void> {
    const { base } = this.#store;
    const end = await lastLineEnd(file, size, 0);
    if (end < size) await file.truncate(end);
    const lost = this.#at(end);
    const length = this.#committed.position - lost;
    if (end > 0 && !(await this.#setAside(lost))) return this.#replace(true);
    if (end === 0) await this.#begin(file);
    this.#damage.lost(end > 0 ? lost : base, length, 'another program cut the file');
    if (end > 0) await this.#replace(false);
  }

  // The name has another file, or none.
  async #replace(isThere: boolean): Promise<void> {
    const { active, base, openFile, path: name } = this.#store;
    const lost = active === undefined ? 0 : this.size;
    if (!isThere) await makeDirectory(path.dirname(name));
    const file = await openTrusted(openFile, name, APPENDING);
    try {
      if (this.#stopped) throw new Error('the log is closed');
      const facts = await file.stat();
      this.#identity = facts;
      const end = await lastLineEnd(file, facts.size, 0);
      if (end < facts.size) await file.truncate(end);
      await this.#begin(file);
      if (lost > 0) this.#damage.lost(base, lost, `another program ${isThere ? 'replaced' : 'removed'} the file`);
      if (end < facts.size) this.#damage.torn(this.#at(end), facts.size - end);
      // A killed writer may leave lines that are only in the page cache. Readers take every line for durable.
      if (end > 0 && this.#durability !== 'none') await file.datasync();
      if (end > 0) this.#committed.advance(this.#at(end));
    } catch (error) {
      if (this.#store.active !== file) await file.close();
      throw error;
    }
    if (!isThere && this.#durability !== 'none') await syncDirectory(path.dirname(name));
  }

  // The file begins where the log ends now, and a name says so.
  async #begin(file: LogFile): Promise<void> {
    const end = this.#committed.position;
    let { segments } = this.#store;
    if (endOf(segments) !== end) segments = [...segments, await mark(this.#store.path, end)];
    await this.#store.set(segments, file, end);
  }

  // Another program may have put a file in its place since it was looked at: that one gets its name back.
  async #setAside(next: Position): Promise<boolean> {
    const segment = segmentOf(this.#store.path, this.#store.base, next);
    await rename(this.#store.path, segment.path);
    const isOurs = this.#isOurs(await lstat(segment.path));
    if (isOurs) this.#store.rotated(segment);
    else await rename(segment.path, this.#store.path);
    return isOurs;
  }

  #at(offset: number): Position {
    return (this.#store.base + offset) as Position;
  }
}
