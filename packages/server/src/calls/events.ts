/** Events: a cursor over the log. A slow client costs one cursor, and loses nothing. */
import { once } from 'node:events';
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import type { types } from '@runv/api';
import { type ContainerEvent, eventTime } from '@runv/supervisor';
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
  try {
    const { timestamp } = call.request;
    if (timestamp > 0n) await replay(context, call, timestamp, gone.signal);
    for await (const { event } of context.supervisor.events.read({ from: end, follow: true, signal: gone.signal })) {
      await write(call, toEvent(event), gone.signal);
    }
    call.end();
  } catch (error) {
    // By the event, because a stream that is destroyed sends no status, and the client would wait for ever.
    if (!gone.signal.aborted) call.emit('error', toStatus(error, context.logger));
  }

  async function replay({ supervisor }: CallContext, target: Call, since: bigint, signal: AbortSignal): Promise<void> {
    for await (const { event } of supervisor.events.read({
      from: new Date(Math.min(Number(since) * 1000, LAST_MS)),
      to: end,
      signal,
    })) {
      await write(target, toEvent(event), signal);
    }
    await write(
      target,
      { type: 'live', id: '', status: 0, pid: '', timestamp: BigInt(Math.floor(Date.now() / 1000)) },
      signal,
    );
  }
}

async function write(call: Call, event: types.Event, signal: AbortSignal): Promise<void> {
  if (!call.write(event)) await once(call, 'drain', { signal });
}

function toEvent(event: ContainerEvent): types.Event {
  return {
    type: event.type,
    id: event.id,
    status: event.status ?? 0,
    pid: event.pid ?? '',
    timestamp: BigInt(Math.floor(eventTime(event) / 1000)),
  };
}
