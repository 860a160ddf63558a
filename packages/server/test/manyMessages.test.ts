/** A real call, whose answer the test writes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js';
import { connect, types } from '@runv/api';
import { expect, test, vi } from 'vitest';
import { type MessageSender, manyMessages } from '../src/manyMessages.ts';

type Call = ServerWritableStream<types.EventsRequest, types.Event>;

test('messages of any size arrive whole and in order, and grpc-js writes none of them', async () => {
  const ids = Array.from({ length: 3000 }, (_, n) => `${n}${'x'.repeat(n % 100 === 0 ? 40_000 : n % 50)}`);
  let written = 0;
  await using server = await answering(async (call, sender) => {
    const write = vi.spyOn(call, 'write');
    for (const id of ids) await sender.send(event(id));
    sender.flush();
    written = write.mock.calls.length;
    call.end();
  });
  const received: string[] = [];
  for await (const { id } of server.client.events()) received.push(id);
  expect(received).toEqual(ids);
  expect(written).toBe(0);
});

test('one message goes out without another one or the end behind it', async () => {
  await using server = await answering(async (_, sender) => {
    await sender.send(event('only'));
  });
  const { value } = await server.client.events()[Symbol.asyncIterator]().next();
  expect(value).toMatchObject({ id: 'only' });
});

test('a client that does not read makes its sender wait, and gets the rest when it does', async () => {
  let sent = 0;
  let isWaiting = false;
  await using server = await answering(async (call, sender) => {
    while (!isWaiting) {
      const room = sender.send(event('x'.repeat(1000)));
      sent += 1;
      if (!room) continue;
      isWaiting = true;
      await room;
    }
    sender.flush();
    call.end();
  });
  const events = server.client.events();
  await events.subscribed;
  await vi.waitUntil(() => isWaiting);
  expect(sent).toBeLessThan(1000);
  let received = 0;
  for await (const _ of events) received += 1;
  expect(received).toBe(sent);
});

async function answering(answer: (call: Call, sender: MessageSender<types.Event>) => Promise<void>) {
  const dir = await mkdtemp(join(tmpdir(), 'runv-many-'));
  const socket = join(dir, 'socket');
  const server = new Server();
  const events = (call: Call) => {
    call.sendMetadata(new Metadata());
    const { signal } = new AbortController();
    void answer(
      call,
      manyMessages<types.Event>(call, (message) => types.Event.encode(message).finish(), signal),
    );
  };
  server.addService(types.APIService, { events });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  const client = connect(socket);
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      client.close();
      server.forceShutdown();
      await rm(dir, { recursive: true });
    },
  };
}

function event(id: string): types.Event {
  return { type: 'exit', id, status: 0, pid: 'init', timestamp: 1n, reason: '' };
}
