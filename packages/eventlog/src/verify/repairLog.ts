/** Moves damaged lines aside, so that the log verifies. No position changes. */
import { constants } from 'node:fs';
import path from 'node:path';
import { DamageRecorder } from '../damage/damageRecorder.ts';
import type { DamageReport } from '../damage/report.ts';
import { DEFAULT_FILE, DEFAULT_MAX_EVENT_BYTES, type ReadingOptions } from '../logOptions.ts';
import { lock } from '../open/lock.ts';
import type { Position } from '../position.ts';
import { type LogFile, openLogFile } from '../store/logFile.ts';
import { Store } from '../store/store.ts';
import { openTrusted } from '../store/trust.ts';
import type { VerifyReport } from './report.ts';
import { type FoundFile, findFiles, scanFile } from './scanLog.ts';
import { verifyLog } from './verifyLog.ts';

/** So many lines are copied before they are blanked. */
const AT_A_TIME = 1000;
const BLANK_BYTES = 4096;
const NEWLINE = 0x0a;

interface Range {
  readonly start: Position;
  readonly next: Position;
}

/**
 * Copies each damaged line (its first 64 KiB) to `events.log.damaged` and writes spaces over it, which no reader minds. An
 * incomplete last line too.
 *
 * @returns how many lines it moved, and what the log is like now
 * @throws EventLogError `LOCKED` while somebody has the log open for appending; `NOT_FOUND`, `UNSAFE`, `NO_LOCK`
 */
export async function repairLog<T>(options: ReadingOptions<T>): Promise<{ moved: number; after: VerifyReport }> {
  const active = path.join(options.dir, options.file ?? DEFAULT_FILE);
  const before = await verifyLog(options);
  const held = await lock(`${active}.lock`);
  try {
    if (before.damaged > 0) for (const found of await findFiles(active)) await repairFile(options, active, found);
    return { moved: before.damaged, after: await verifyLog(options) };
  } finally {
    await held.close();
  }
}

async function repairFile<T>(options: ReadingOptions<T>, active: string, found: FoundFile): Promise<void> {
  const file = await openTrusted(openLogFile, found.path, constants.O_RDWR);
  const store = new Store(active, openLogFile);
  await store.set([], file, found.first);
  const damage = new DamageRecorder(store, `${active}.damaged`, mustCopy);
  const mostBytes = Math.min(BLANK_BYTES, options.maxEventBytes ?? DEFAULT_MAX_EVENT_BYTES);
  let ranges: Range[] = [];
  const blankAll = async () => {
    if (ranges.length === 0) return;
    await damage.flush();
    await syncCopies(`${active}.damaged`);
    for (const { start, next } of ranges) await blank(file, start - found.first, next - start, mostBytes);
    ranges = [];
  };
  try {
    for await (const { judged, start, next, bytes } of scanFile(options, found)) {
      if (judged === 'blank' || 'event' in judged) continue;
      await damage.line({ start, next, bytes, reason: judged.damage });
      ranges.push({ start, next });
      if (ranges.length === AT_A_TIME) await blankAll();
    }
    await blankAll();
    await file.datasync();
  } finally {
    await store.release();
  }
}

// The copies are on disk before the lines are gone.
async function syncCopies(path: string): Promise<void> {
  const file = await openTrusted(openLogFile, path, constants.O_WRONLY | constants.O_APPEND);
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

function mustCopy({ copyError }: DamageReport): void {
  if (copyError !== undefined) throw copyError;
}

// In lines of their own, so that none is too long for a line.
async function blank(file: LogFile, offset: number, length: number, mostBytes: number): Promise<void> {
  for (let done = 0; done < length; ) {
    const spaces = Buffer.alloc(Math.min(mostBytes, length - done), ' ');
    spaces[spaces.length - 1] = NEWLINE;
    done += (await file.write(spaces, 0, spaces.length, offset + done)).bytesWritten;
  }
}
