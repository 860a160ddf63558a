/** How a process ended, as wait(2) tells it. */
import { constants } from 'node:os';

/** One of the two is null; both where nobody knows. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]));

/** Null for a number without a name, as those of real-time signals. */
export function signalOf(number: number): NodeJS.Signals | null {
  return SIGNALS.get(number) ?? null;
}
