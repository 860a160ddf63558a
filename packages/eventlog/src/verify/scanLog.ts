/** Goes through each line of the log's files, as they are on disk. */
import { constants, lstat } from 'node:fs/promises';
import { DEFAULT_MAX_EVENT_BYTES, type ReadingOptions } from '../logOptions.ts';
import type { Position } from '../position.ts';
import { type Judgement, judgeLine } from '../read/judgeLine.ts';
import { LineScanner } from '../read/lineScanner.ts';
import { type LogFile, openLogFile } from '../store/logFile.ts';
import { endOf, listSegments } from '../store/segment.ts';
import { Store } from '../store/store.ts';
import { ignoreMissing, openTrusted } from '../store/trust.ts';

const CHUNK = 64 * 1024;

export interface FoundFile {
  readonly path: string;
  readonly first: Position;
  /** As its name says; undefined for the newest. */
  readonly next: Position | undefined;
  readonly size: number;
}

export interface FoundLine<T> {
  readonly judged: Judgement<T>;
  readonly start: Position;
  readonly next: Position;
  readonly bytes: Buffer | undefined;
}

/** The log's files, the oldest first. Empty where there is no log. */
export async function findFiles(path: string): Promise<FoundFile[]> {
  const segments = await listSegments(path);
  const named = segments.map(({ path: name, first, next }) => ({ path: name, first, next }));
  const found: FoundFile[] = [];
  for (const one of [...named, { path, first: endOf(segments), next: undefined }]) {
    const facts = await lstat(one.path).catch(ignoreMissing);
    if (facts !== undefined) found.push({ ...one, size: facts.size });
  }
  return found.filter(({ size, next }) => size > 0 || next === undefined);
}

/** Yields each line of a file. */
export async function* scanFile<T>(options: ReadingOptions<T>, found: FoundFile): AsyncGenerator<FoundLine<T>> {
  const file: LogFile = await openTrusted(openLogFile, found.path, constants.O_RDONLY);
  const store = new Store(found.path, openLogFile);
  await store.set([], file, found.first);
  const { parse, maxEventBytes = DEFAULT_MAX_EVENT_BYTES } = options;
  try {
    const end = (found.first + found.size) as Position;
    const lines = new LineScanner(store, found.first, CHUNK, maxEventBytes);
    while (lines.next < end) {
      const line = lines.take() ?? (await lines.fill(end));
      if (line === undefined) continue;
      const judged = judgeLine({ parse, maxEventBytes }, line, lines);
      yield { judged, start: lines.start, next: lines.next, bytes: lines.bytes };
    }
  } finally {
    await store.release();
  }
}
