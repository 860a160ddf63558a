/** Opens the log for reading while another process may append: follows by inotify, changes nothing. */
import { type FSWatcher, watch } from 'node:fs';
import { constants, stat } from 'node:fs/promises';
import { CommittedEnd } from '../committedEnd.ts';
import { DamageRecorder } from '../damage/damageRecorder.ts';
import { EventLogError } from '../errors.ts';
import { type LogFile, openLogFile } from '../logFile.ts';
import { DEFAULT_FILE, DEFAULT_MAX_EVENT_BYTES, type LogOptions } from '../logOptions.ts';
import { newestSegment, offsetIn, positionIn, type Segment } from '../segment.ts';
import { SharedFile } from '../sharedFile.ts';
import type { Source } from '../source.ts';
import { lastLineEnd } from './lastLineEnd.ts';

export interface OpenReadOnly<T> {
  readonly source: Source<T>;
  readonly watcher: FSWatcher;
}

export async function openReadOnly<T>(options: LogOptions<T>): Promise<OpenReadOnly<T>> {
  const segment = newestSegment(options.dir, options.file ?? DEFAULT_FILE);
  const file = await openExisting(segment.path);
  const shared = new SharedFile(file, segment);
  const committed = new CommittedEnd(segment.base);
  const damage = new DamageRecorder(shared, undefined, options.onDamage);
  const maxEventBytes = options.maxEventBytes ?? DEFAULT_MAX_EVENT_BYTES;
  const source = { file: shared, committed, damage, parse: options.parse, time: options.time, maxEventBytes };
  let watcher: FSWatcher | undefined;
  try {
    // The watch starts before the first check, so that no change is missed between the two.
    watcher = follow(file, segment, committed);
    await update(file, segment, committed);
    return { source, watcher };
  } catch (error) {
    watcher?.close();
    await shared.retire();
    throw error;
  }
}

async function openExisting(path: string): Promise<LogFile> {
  try {
    return await openLogFile(path, constants.O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new EventLogError('NOT_FOUND', `there is no log at ${path}; opening it for appending creates it`, {
      cause: error,
    });
  }
}

// One update runs at a time; a change during an update requests one more.
function follow(file: LogFile, segment: Segment, committed: CommittedEnd): FSWatcher {
  let state: 'idle' | 'updating' | 'again' = 'idle';
  const onChange = async (): Promise<void> => {
    if (state !== 'idle') {
      state = 'again';
      return;
    }
    do {
      state = 'updating';
      await update(file, segment, committed).catch(() => committed.close());
    } while ((state as string) === 'again');
    state = 'idle';
  };
  const watcher = watch(segment.path, () => void onChange());
  watcher.once('error', () => committed.close());
  return watcher;
}

// Only complete lines count: the rest of the last line is still being written.
async function update(file: LogFile, segment: Segment, committed: CommittedEnd): Promise<void> {
  const { size } = await file.stat();
  const end = await lastLineEnd(file, size, offsetIn(segment, committed.position));
  if (positionIn(segment, end) > committed.position) committed.advance(positionIn(segment, end));
  if (await isGone(segment.path)) committed.close();
}

async function isGone(path: string): Promise<boolean> {
  return await stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}
