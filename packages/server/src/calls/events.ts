/**
 * Events: a cursor over the log. A slow client costs one cursor, and loses nothing. An event that cannot be sent is damage: it is
 * passed over, and never ends the stream.
 */
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import { types } from '@runv/api';
import { type ContainerEvent, eventTime } from '@runv/supervisor';
import { manyMessages } from '../manyMessages.ts';
import { toStatus } from '../toStatus.ts';
import type { CallContext } from '../unary.ts';

/** The last moment that a Date can be; after it nothing happens. */
const LAST_MS = 8.64e15;

type Call = ServerWritableStream<types.EventsRequest, types.Event>;

export async function events(context: CallContext, call: Call): Promise<void> {
  const gone = new AbortController();
  call.once('cancelled', () => gone.abort());
  call.once('close', () => gone.abort());
  // Tells the client that what happens from now on will reach it.
  const { end } = context.supervisor.events;
  call.sendMetadata(new Metadata());
  const sender = manyMessages<types.Event>(call, (event) => types.Event.encode(event).finish(), gone.signal);
  try {
    const { timestamp } = call.request;
    if (timestamp > 0n) {
      const since = new Date(Math.min(Number(timestamp) * 1000, LAST_MS));
      await pass({ from: since, to: end });
      const now = BigInt(Math.floor(Date.now() / 1000));
      await sender.send({ type: 'live', id: '', status: 0, pid: '', timestamp: now, reason: '' });
    }
    await pass({ from: end, follow: true });
    sender.flush();
    call.end();
  } catch (error) {
    // By the event, because a stream that is destroyed sends no status, and the client would wait for ever.
    sender.flush();
    if (!gone.signal.aborted) call.emit('error', toStatus(error, context.logger));
  }

  function trySend(event: ContainerEvent, refused: unknown[]): Promise<void> | undefined {
    try {
      return sender.send(toEvent(event));
    } catch (error) {
      refused.push(error);
      return undefined;
    }
  }

  async function pass(range: Parameters<typeof context.supervisor.events.read>[0]): Promise<void> {
    for await (const batch of context.supervisor.events.readBatches({ ...range, signal: gone.signal })) {
      const refused: unknown[] = [];
      for (const { event } of batch) {
        const room = trySend(event, refused);
        // Not for each event: a promise costs as much as the event does.
        if (room) await room;
      }
      if (refused.length > 0)
        context.logger.warn({ err: refused[0], count: refused.length }, 'events of the log could not be sent');
    }
  }
}

function toEvent(event: ContainerEvent): types.Event {
  return {
    type: event.type,
    id: event.id,
    status: event.status ?? 0,
    pid: event.pid ?? '',
    reason: event.reason ?? '',
    timestamp: BigInt(Math.floor(eventTime(event) / 1000)),
  };
}
