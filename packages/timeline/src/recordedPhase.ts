/** A phase that is over. */
export interface RecordedPhase {
  /** Its span's id: 16 hex digits. */
  readonly id: string;
  /** Of the phase that it is part of; empty for none. */
  readonly parentId: string;
  /** Whether that phase is in another process, which asked for this one by a request. */
  readonly isServed: boolean;
  readonly name: string;
  /** In ms on CLOCK_MONOTONIC, which all processes of a host share. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes: PhaseAttributes;
  /** What it failed with; absent where it did not. */
  readonly error?: string | undefined;
}

export type PhaseAttributes = Readonly<Record<string, unknown>>;
