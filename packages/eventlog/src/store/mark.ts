/** Notes where the newest file begins, when no older one says so by its name. */
import { open } from 'node:fs/promises';
import type { Position } from '../position.ts';
import { type Segment, segmentOf } from './segment.ts';

/** Makes an empty segment. */
export async function mark(active: string, position: Position): Promise<Segment> {
  const segment = segmentOf(active, position, position);
  const file = await open(segment.path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    return undefined;
  });
  await file?.close();
  return segment;
}
