/** Opens the log for appending: takes the lock, creates missing files, and reads only the tail. */
import { type FileHandle, lstat } from 'node:fs/promises';
import path from 'node:path';
import { Committer } from '../append/committer.ts';
import { Tail } from '../append/tail.ts';
import { Upkeep } from '../append/upkeep.ts';
import { CommittedEnd } from '../committedEnd.ts';
import { DamageRecorder } from '../damage/damageRecorder.ts';
import { DEFAULT_FILE, DEFAULT_MAX_EVENT_BYTES, type Limits, type LogOptions, limitsOf } from '../logOptions.ts';
import type { Source } from '../source.ts';
import { type OpenLogFile, openLogFile } from '../store/logFile.ts';
import { makeDirectory } from '../store/makeDirectory.ts';
import { endOf, listSegments } from '../store/segment.ts';
import { Store } from '../store/store.ts';
import { mustBeTrusted, mustBeTrustedDirectory } from '../store/trust.ts';
import { lock } from './lock.ts';

/** How often the age of segments is looked at, in ms: at least so often, and several times in the time that they are kept. */
const LOOK_MS = 3_600_000;

export interface OpenLog<T> {
  readonly source: Source<T>;
  readonly committer: Committer;
  readonly tail: Tail;
  readonly lock: FileHandle;
  readonly upkeep: NodeJS.Timeout;
}

/** A test passes `openFile` to substitute a disk that fails or counts. */
export async function openForAppend<T>(
  options: LogOptions<T>,
  openFile: OpenLogFile = openLogFile,
): Promise<OpenLog<T>> {
  const limits = limitsOf(options);
  await makeDirectory(options.dir);
  await mustBeTrustedDirectory(options.dir);
  const store = new Store(path.join(options.dir, options.file ?? DEFAULT_FILE), openFile);
  const held = await lock(`${store.path}.lock`);
  try {
    return { ...(await openLocked(options, limits, store)), lock: held };
  } catch (error) {
    await store.retire();
    await held.close();
    throw error;
  }
}

async function openLocked<T>(options: LogOptions<T>, limits: Limits, store: Store): Promise<Omit<OpenLog<T>, 'lock'>> {
  const segments = await listSegments(store.path);
  for (const { path } of segments) mustBeTrusted(path, await lstat(path));
  await store.set(segments, undefined, endOf(segments));
  const committed = new CommittedEnd(store.base);
  const damage = new DamageRecorder(store, `${store.path}.damaged`, options.onDamage);
  const tail = new Tail(store, committed, damage, limits.durability);
  await tail.putInOrder();
  const { parse, time, maxEventBytes = DEFAULT_MAX_EVENT_BYTES } = options;
  const refresh = () => committer.inTurn(() => tail.putInOrder()).catch(() => undefined);
  const source = { store, committed, damage, parse, time, maxEventBytes, refresh };
  const upkeep = new Upkeep(source, tail, limits);
  const committer = new Committer(store.path, tail, limits, options.onDelay, upkeep.afterAppend);
  const look = () => void committer.inTurn(upkeep.look);
  look();
  return { source, committer, tail, upkeep: setInterval(look, Math.min(limits.keepMs / 8, LOOK_MS)).unref() };
}
