/** Opens the log for a process that only reads it, while another one may append: follows by inotify, changes nothing. */
import { type FSWatcher, watch } from 'node:fs';
import { constants, stat } from 'node:fs/promises';
import { DamageRecorder } from '../damage/damageRecorder.ts';
import { EventLogError } from '../errors.ts';
import { type LogFile, openLogFile } from '../logFile.ts';
import { DEFAULT_FILE, DEFAULT_MAX_EVENT_BYTES, type LogOptions } from '../logOptions.ts';
import { newestSegment, offsetIn, positionIn, type Segment } from '../segment.ts';
import { SharedFile } from '../sharedFile.ts';
import type { Source } from '../source.ts';
import { Tide } from '../tide.ts';
import { lastLineEnd } from './lastLineEnd.ts';

export interface OpenReadOnly<T> {
  readonly source: Source<T>;
  readonly watcher: FSWatcher;
}

export async function openReadOnly<T>(options: LogOptions<T>): Promise<OpenReadOnly<T>> {
  const segment = newestSegment(options.dir, options.file ?? DEFAULT_FILE);
  const file = await openExisting(segment.path);
  const shared = new SharedFile(file, segment);
  const tide = new Tide(segment.base);
  const damage = new DamageRecorder(shared, undefined, options.onDamage);
  const maxEventBytes = options.maxEventBytes ?? DEFAULT_MAX_EVENT_BYTES;
  const source = { file: shared, tide, damage, parse: options.parse, time: options.time, maxEventBytes };
  let watcher: FSWatcher | undefined;
  try {
    // Watching before looking, so that nothing falls between the two.
    watcher = follow(file, segment, tide);
    await look(file, segment, tide);
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
    throw new EventLogError('NOT_FOUND', `there is no log ${path}; whoever appends to it makes it`, { cause: error });
  }
}

// One look at a time; a change during a look asks for one more.
function follow(file: LogFile, segment: Segment, tide: Tide): FSWatcher {
  let state: 'idle' | 'looking' | 'again' = 'idle';
  const onChange = async (): Promise<void> => {
    if (state !== 'idle') {
      state = 'again';
      return;
    }
    do {
      state = 'looking';
      await look(file, segment, tide).catch(() => tide.close());
    } while ((state as string) === 'again');
    state = 'idle';
  };
  const watcher = watch(segment.path, () => void onChange());
  watcher.once('error', () => tide.close());
  return watcher;
}

// Whole lines only: the rest of the last one is still being written.
async function look(file: LogFile, segment: Segment, tide: Tide): Promise<void> {
  const { size } = await file.stat();
  const end = await lastLineEnd(file, size, offsetIn(segment, tide.end));
  if (positionIn(segment, end) > tide.end) tide.rise(positionIn(segment, end));
  if (await isGone(segment.path)) tide.close();
}

async function isGone(path: string): Promise<boolean> {
  return await stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}
