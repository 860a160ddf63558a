/** Opens the log for reading while another process may append: follows by inotify, changes nothing. */
import { type FSWatcher, watch } from 'node:fs';
import { constants, lstat } from 'node:fs/promises';
import path from 'node:path';
import { CommittedEnd } from '../committedEnd.ts';
import { DamageRecorder } from '../damage/damageRecorder.ts';
import { EventLogError } from '../errors.ts';
import { DEFAULT_FILE, DEFAULT_MAX_EVENT_BYTES, type ReadingOptions } from '../logOptions.ts';
import type { Position } from '../position.ts';
import type { Source } from '../source.ts';
import { lastLineEnd } from '../store/lastLineEnd.ts';
import { type FileFacts, type LogFile, openLogFile } from '../store/logFile.ts';
import { endOf, listSegments, type Segment } from '../store/segment.ts';
import { Store } from '../store/store.ts';
import { ignoreMissing, mustBeTrustedDirectory, openTrusted } from '../store/trust.ts';

export interface OpenReadOnly<T> {
  readonly source: Source<T>;
  readonly watcher: FSWatcher;
}

export async function openReadOnly<T>(options: ReadingOptions<T>): Promise<OpenReadOnly<T>> {
  const store = new Store(path.join(options.dir, options.file ?? DEFAULT_FILE), openLogFile);
  const committed = new CommittedEnd(0 as Position);
  const damage = new DamageRecorder(store, undefined, options.onDamage);
  const { parse, time, maxEventBytes = DEFAULT_MAX_EVENT_BYTES } = options;
  const view = new View(store, committed);
  let watcher: FSWatcher | undefined;
  try {
    await mustBeTrustedDirectory(options.dir).catch(ignoreMissing);
    // The watch starts before the first look, so that no change is missed between the two.
    watcher = follow(store, committed, view);
    await view.update();
    if (store.active === undefined && store.segments.length === 0) throw notFound(store.path);
    const source = { store, committed, damage, parse, time, maxEventBytes, refresh: () => view.update() };
    return { source, watcher };
  } catch (error) {
    watcher?.close();
    await store.retire();
    throw error;
  }
}

function notFound(path: string): EventLogError {
  return new EventLogError('NOT_FOUND', `there is no log at ${path}; opening it for appending creates it`);
}

// One update runs at a time; a change during an update requests one more.
function follow(store: Store, committed: CommittedEnd, view: View): FSWatcher {
  const dir = path.dirname(store.path);
  let state: 'idle' | 'updating' | 'again' = 'idle';
  const onChange = async (): Promise<void> => {
    if (state !== 'idle') {
      state = 'again';
      return;
    }
    do {
      state = 'updating';
      await view.update().catch(() => committed.close());
    } while ((state as string) === 'again');
    state = 'idle';
  };
  try {
    const watcher = watch(dir, () => void onChange());
    watcher.once('error', () => committed.close());
    return watcher;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw notFound(store.path);
  }
}

/** What the files are, as of the last look. */
class View {
  readonly #store: Store;
  readonly #committed: CommittedEnd;
  #identity: Pick<FileFacts, 'ino' | 'dev'> | undefined;
  #names = '';

  constructor(store: Store, committed: CommittedEnd) {
    this.#store = store;
    this.#committed = committed;
  }

  /** @throws Error when there is no log any more */
  async update(): Promise<void> {
    await this.#lookAtFiles();
    const { active, base } = this.#store;
    if (active === undefined) return;
    const { size } = await active.stat();
    const floor = this.#committed.position - base;
    // Only complete lines count: the rest of the last line is still being written.
    const end = size > floor ? await lastLineEnd(active, size, floor) : floor;
    if (end > floor) this.#committed.advance((base + end) as Position);
  }

  async #lookAtFiles(): Promise<void> {
    const { path: active } = this.#store;
    for (;;) {
      const segments = await listSegments(active);
      const names = namesOf(segments);
      const there = await lstat(active).catch(ignoreMissing);
      if (names === this.#names && there?.ino === this.#identity?.ino && there?.dev === this.#identity?.dev) return;
      const file = there && (await openTrusted(openLogFile, active, constants.O_RDONLY).catch(ignoreMissing));
      // Between the two looks the file may have become a segment.
      if (namesOf(await listSegments(active)) !== names) {
        await file?.close();
        continue;
      }
      await this.#use(segments, names, file);
      return;
    }
  }

  async #use(segments: readonly Segment[], names: string, file: LogFile | undefined): Promise<void> {
    const base = endOf(segments);
    this.#names = names;
    this.#identity = await file?.stat();
    await this.#store.set(segments, file, base);
    if (base > this.#committed.position) this.#committed.advance(base);
  }
}

function namesOf(segments: readonly Segment[]): string {
  return segments.map(({ first, next }) => `${first}-${next}`).join();
}
