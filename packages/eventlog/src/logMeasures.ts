/** Numbers about an event log, for whoever watches it. */
export interface LogMeasures {
  /** The events that were written since the log was opened. */
  readonly appended: number;
  /** The events that wait in memory because the disk refuses them. */
  readonly delayed: number;
  /** What is kept, over all files. */
  readonly bytes: number;
  readonly files: number;
  /** The readers that have begun and not ended. */
  readonly readers: number;
  /** How far the slowest of them is behind the end; what it has in memory, 64 KiB at most, counts as read once it is taken. */
  readonly lagBytes: number;
}
