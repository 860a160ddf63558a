/** Sends messages to a streaming call many at a time: grpc-js writes each by itself, which takes longer than making it. */
import { once } from 'node:events';
import { Duplex, type Writable } from 'node:stream';
import type { ServerWritableStream } from '@grpc/grpc-js';

/** About a frame of HTTP/2. */
const BATCH_BYTES = 16 << 10;
/** gRPC's: whether what follows is compressed, and its length. */
const HEADER_BYTES = 5;

export interface MessageSender<Message> {
  /** Resolves when there is room for more: whoever waits for it holds no more than a batch. */
  send(message: Message): Promise<void> | undefined;
  /** What was sent goes out now, and not only in a moment. */
  flush(): void;
}

/**
 * @param call whose metadata was sent, which begins the answer
 * @param encode a message's bytes
 * @param signal aborted when the client has gone
 */
export function manyMessages<Message>(
  call: ServerWritableStream<unknown, Message>,
  encode: (message: Message) => Uint8Array,
  signal: AbortSignal,
): MessageSender<Message> {
  const target = streamBelow(call);
  if (!target) return oneByOne(call, signal);
  let batch = Buffer.allocUnsafe(BATCH_BYTES);
  let used = 0;
  let isDue = false;
  const flush = () => {
    isDue = false;
    if (used === 0) return;
    if (!target.destroyed) target.write(batch.subarray(0, used));
    batch = Buffer.allocUnsafe(BATCH_BYTES);
    used = 0;
  };
  const send = (message: Message) => {
    const bytes = encode(message);
    const size = HEADER_BYTES + bytes.length;
    if (used + size > batch.length) flush();
    if (size > batch.length) batch = Buffer.allocUnsafe(size);
    batch[used] = 0;
    batch.writeUInt32BE(bytes.length, used + 1);
    batch.set(bytes, used + HEADER_BYTES);
    used += size;
    // After all that can be sent in this turn of the event loop.
    if (!isDue) setImmediate(flush);
    isDue = true;
    return target.writableNeedDrain ? once(target, 'drain', { signal }).then(() => {}) : undefined;
  };
  return { send, flush };
}

/**
 * The HTTP/2 stream that a call is written to. grpc-js has it as a private field; a version that has it elsewhere makes
 * this slow again, and a test fail.
 */
function streamBelow(call: object): Writable | undefined {
  const inner: unknown = Reflect.get(call, 'call');
  const stream: unknown = typeof inner === 'object' && inner ? Reflect.get(inner, 'stream') : undefined;
  return stream instanceof Duplex ? stream : undefined;
}

function oneByOne<Message>(call: ServerWritableStream<unknown, Message>, signal: AbortSignal): MessageSender<Message> {
  const send = (message: Message) => (call.write(message) ? undefined : once(call, 'drain', { signal }).then(() => {}));
  return { send, flush: () => {} };
}
