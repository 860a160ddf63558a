/** Looks for damage in an event log, and moves it aside. */
import { repairLog, type VerifyReport, verifyLog } from '@runv/eventlog';
import { eventTime, parseEvent } from './event.ts';

/** @throws EventLogError `NOT_FOUND`, `UNSAFE` */
export async function verifyEventLog(dir: string): Promise<VerifyReport> {
  return await verifyLog({ dir, parse: parseEvent, time: eventTime });
}

/** @throws EventLogError as `verifyEventLog`; `LOCKED` while a daemon has it */
export async function repairEventLog(dir: string): Promise<{ moved: number; after: VerifyReport }> {
  return await repairLog({ dir, parse: parseEvent, time: eventTime });
}
