/** A timeline: phases in the order of their starts, each followed by its parts. Times are in ms from the request. */
import type { PhaseAttributes } from '../recordedPhase.ts';

export interface Timeline {
  /** The request, such as `runv run hello`. */
  readonly title: string;
  /** When the request was made, by the wall clock. */
  readonly began: Date;
  /** What the timeline ends with, such as `the first byte`. */
  readonly ending: string;
  /** The time from the request to the ending. */
  readonly wholeMs: number;
  readonly phases: readonly TimelinePhase[];
}

export interface TimelinePhase {
  readonly name: string;
  /** Negative for work before the request. */
  readonly startMs: number;
  readonly durationMs: number;
  /** 0 for a top-level phase. These are consecutive. */
  readonly depth: number;
  /** The index of its parent phase. */
  readonly parent: number | undefined;
  readonly attributes: PhaseAttributes;
  /** The error message; absent if it succeeded. */
  readonly error?: string | undefined;
}
