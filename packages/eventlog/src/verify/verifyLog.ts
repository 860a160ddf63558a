/** Looks through the whole log, whether or not somebody appends to it. */
import path from 'node:path';
import { EventLogError } from '../errors.ts';
import { DEFAULT_FILE, type ReadingOptions } from '../logOptions.ts';
import { mustBeTrustedDirectory } from '../store/trust.ts';
import type { DamagedPart, VerifyReport } from './report.ts';
import { findFiles, scanFile } from './scanLog.ts';

/** So many damaged parts are listed. */
const LISTED = 1000;

/**
 * Reads every line of every file, and changes nothing. The last line of a log that is being appended to may be found incomplete.
 *
 * @throws EventLogError `NOT_FOUND`, `UNSAFE`; errors of the file system
 * @example
 * const { ok, events, damage } = await verifyLog({ dir, parse, time });
 */
export async function verifyLog<T>(options: ReadingOptions<T>): Promise<VerifyReport> {
  const active = path.join(options.dir, options.file ?? DEFAULT_FILE);
  const missing = () =>
    new EventLogError('NOT_FOUND', `there is no log at ${active}; opening it for appending creates it`);
  await mustBeTrustedDirectory(options.dir).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? missing() : error;
  });
  const files = await findFiles(active);
  if (files.length === 0) throw missing();
  const damage: DamagedPart[] = [];
  let [events, damaged, missingBytes] = [0, 0, 0];
  let firstTime: number | undefined;
  let lastTime: number | undefined;
  let expected = files[0]?.first;
  for (const found of files) {
    missingBytes += found.first - (expected ?? found.first);
    expected = found.next ?? found.first;
    if (found.next !== undefined) missingBytes += Math.max(0, found.next - found.first - found.size);
    for await (const { judged, start, next } of scanFile(options, found)) {
      if (judged === 'blank') continue;
      if ('event' in judged) {
        events++;
        lastTime = options.time(judged.event);
        firstTime ??= lastTime;
        continue;
      }
      damaged++;
      const part = { file: found.path, offset: start - found.first, position: start, length: next - start };
      if (damage.length < LISTED) damage.push({ ...part, reason: judged.damage });
    }
  }
  const segments = files.map(({ path: file, first, size }) => ({ file, first, bytes: size }));
  return { ok: damaged === 0, segments, events, firstTime, lastTime, damaged, damage, missingBytes };
}
