/** Writes an event to the log. No container waits for a disk that takes none. */
import { DelayedError } from '@runv/eventlog';
import type { ContainerEvent } from '../events/event.ts';
import { timestampNow } from '../events/timestamp.ts';
import type { Context } from './context.ts';

/** How long a disk may take that does not answer, in ms. */
const ANSWER_MS = 2000;

/**
 * Resolves when the event is on disk, or when it is known that this takes longer: the log then writes it as soon as
 * it can, in its order. What cannot be kept is in the daemon's log at least.
 *
 * @returns whether it is on disk
 */
export async function recordEvent(
  { events, logger }: Pick<Context, 'events' | 'logger'>,
  event: Omit<ContainerEvent, 'timestamp'>,
): Promise<boolean> {
  const dated = { ...event, timestamp: timestampNow() };
  const lost = (error: unknown) =>
    logger.error({ id: event.id, err: error, event: dated }, 'an event could not be written to the log, and is lost');
  const written = events.append(dated).then(
    () => true,
    (error: unknown) => {
      // That events wait is logged once, and not for each.
      if (error instanceof DelayedError) error.written.catch(lost);
      else lost(error);
      return false;
    },
  );
  return await new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), ANSWER_MS);
    void written.then((onDisk) => {
      clearTimeout(late);
      resolve(onDisk);
    });
  });
}
