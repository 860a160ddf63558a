/** A finished phase. */
export interface RecordedPhase {
  /** The id of its span: 16 hex digits. */
  readonly id: string;
  /** The id of its parent phase; empty for none. */
  readonly parentId: string;
  /** Whether the parent is in another process, which requested this phase. */
  readonly isServed: boolean;
  readonly name: string;
  /** In ms on CLOCK_MONOTONIC, which all processes of a host share. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes: PhaseAttributes;
  /** The error message; absent if it succeeded. */
  readonly error?: string | undefined;
}

export type PhaseAttributes = Readonly<Record<string, unknown>>;
