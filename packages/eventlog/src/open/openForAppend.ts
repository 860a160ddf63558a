/** Opens the log for appending: takes the lock, creates missing files, and reads only the tail. */
import { constants, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Committer } from '../append/committer.ts';
import { CommittedEnd } from '../committedEnd.ts';
import { DamageRecorder } from '../damage/damageRecorder.ts';
import { type LogFile, type OpenLogFile, openLogFile } from '../logFile.ts';
import { DEFAULT_FILE, DEFAULT_MAX_EVENT_BYTES, type LogOptions } from '../logOptions.ts';
import { newestSegment, positionIn } from '../segment.ts';
import { SharedFile } from '../sharedFile.ts';
import type { Source } from '../source.ts';
import { lastLineEnd } from './lastLineEnd.ts';
import { lock } from './lock.ts';
import { makeDirectory, syncDirectory } from './makeDirectory.ts';

export interface OpenLog<T> {
  readonly source: Source<T>;
  readonly committer: Committer;
  readonly lock: FileHandle;
}

/** A test passes `openFile` to substitute a disk that fails or counts. */
export async function openForAppend<T>(
  options: LogOptions<T>,
  openFile: OpenLogFile = openLogFile,
): Promise<OpenLog<T>> {
  await makeDirectory(options.dir);
  const segment = newestSegment(options.dir, options.file ?? DEFAULT_FILE);
  const held = await lock(`${segment.path}.lock`);
  let file: LogFile | undefined;
  try {
    file = await openFile(segment.path, constants.O_RDWR | constants.O_CREAT);
    const { end, torn } = await cutTornTail(file);
    if (end === 0) await syncDirectory(path.dirname(segment.path));
    const shared = new SharedFile(file, segment);
    const committed = new CommittedEnd(positionIn(segment, end));
    const damage = new DamageRecorder(shared, `${segment.path}.damaged`, options.onDamage);
    if (torn > 0) damage.torn(committed.position, torn);
    const maxEventBytes = options.maxEventBytes ?? DEFAULT_MAX_EVENT_BYTES;
    const source = { file: shared, committed, damage, parse: options.parse, time: options.time, maxEventBytes };
    return { source, committer: new Committer(file, segment, committed), lock: held };
  } catch (error) {
    await file?.close();
    await held.close();
    throw error;
  }
}

// A killed writer may leave complete lines that are only in the page cache. Readers take every line for durable,
// so the file is synced first. That costs nothing if the lines are on disk already.
async function cutTornTail(file: LogFile): Promise<{ end: number; torn: number }> {
  const { size } = await file.stat();
  const end = await lastLineEnd(file, size, 0);
  if (end < size) await file.truncate(end);
  if (size > 0) await file.datasync();
  return { end, torn: size - end };
}
