/** A durable, append-only log of JSON events with any number of readers, each at its own pace. */
export { DelayedError } from './append/delayedError.ts';
export type { DamageReport } from './damage/report.ts';
export { EventLogError, type EventLogErrorCode } from './errors.ts';
export { EventLog } from './eventLog.ts';
export type { LogMeasures } from './logMeasures.ts';
export type { DelayReport, Durability, LogOptions, ReadingOptions } from './logOptions.ts';
export { type Position, positionFrom } from './position.ts';
export type { Entry, Missed, ReadOptions } from './read/readOptions.ts';
export type { ReadableEventLog } from './readableEventLog.ts';
export { repairLog } from './verify/repairLog.ts';
export type { DamagedPart, VerifyReport } from './verify/report.ts';
export { verifyLog } from './verify/verifyLog.ts';
