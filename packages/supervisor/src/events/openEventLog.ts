/** Opens the event log, and tells the daemon's log what becomes of it. */
import { type DelayReport, EventLog, type LogOptions } from '@runv/eventlog';
import type { Logger } from 'pino';
import { type ContainerEvent, eventTime, parseEvent } from './event.ts';

/** How events are kept, where it is not as `EventLog.open` has it. */
export type EventLogSettings = Pick<LogOptions<ContainerEvent>, 'durability' | 'segmentBytes' | 'keepBytes' | 'keepMs'>;

/** @throws EventLogError when it cannot be opened */
export async function openEventLog(
  dir: string,
  { eventLog, logger }: { readonly eventLog?: EventLogSettings | undefined; readonly logger: Logger },
): Promise<EventLog<ContainerEvent>> {
  return await EventLog.open<ContainerEvent>({
    dir,
    parse: parseEvent,
    time: eventTime,
    ...eventLog,
    onDamage: (damage) => logger.warn({ damage }, 'events.log is damaged; what is whole goes on being used'),
    onDelay: (report) => tellDelay(logger, report),
  });
}

function tellDelay(logger: Logger, { state, events, error }: DelayReport): void {
  const what = { err: error, events };
  if (state === 'delayed') logger.error(what, 'events.log cannot be written; events wait in memory, see to its disk');
  else if (state === 'written')
    logger.info({ events }, 'events.log can be written again, and has the events that waited');
  else logger.error(what, 'events that waited in memory are lost: until the end, events.log could not be written');
}
