/** Phases as a recorder would give them. */
import type { RecordedPhase } from '../../src/index.ts';

let count = 0;

/** @param times begin and end, in ms */
export function recorded(
  name: string,
  [startMs, endMs]: readonly [number, number],
  more: Partial<RecordedPhase> = {},
): RecordedPhase {
  count += 1;
  const id = count.toString(16).padStart(16, '0');
  const durationMs = endMs - startMs;
  return { id, parentId: 'root', isServed: false, name, startMs, durationMs, attributes: {}, ...more };
}
