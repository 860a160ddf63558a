/** What is drawn: phases in the order of their starts, each followed by its parts. Times are in ms from the request. */
import type { PhaseAttributes } from '../recordedPhase.ts';

export interface Timeline {
  /** What was asked for, such as `runv run hello`. */
  readonly title: string;
  /** When, by the wall clock. */
  readonly began: Date;
  /** What the whole ends with, such as `the first byte`. */
  readonly ending: string;
  /** From the request to there. */
  readonly wholeMs: number;
  readonly phases: readonly TimelinePhase[];
}

export interface TimelinePhase {
  readonly name: string;
  /** Negative for what was needed before the request could be made. */
  readonly startMs: number;
  readonly durationMs: number;
  /** 0: part of nothing but the whole. These come one after the other. */
  readonly depth: number;
  /** The index of the phase that it is part of. */
  readonly parent: number | undefined;
  readonly attributes: PhaseAttributes;
  /** What it failed with; absent where it did not. */
  readonly error?: string | undefined;
}
