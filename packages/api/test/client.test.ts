/** The client against a real server on a real socket, whose answers the test decides. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, Server, ServerCredentials, type ServerWritableStream, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, type RunvClient, types } from '../src/index.ts';

let dir: string;
let server: Server;
let client: RunvClient;
/** Calls that were given up at the server. */
let cancelled = 0;
let stream: Promise<ServerWritableStream<types.EventsRequest, types.Event>>;
let gotStream: (call: ServerWritableStream<types.EventsRequest, types.Event>) => void;

function expectStream(): void {
  stream = new Promise((resolve) => {
    gotStream = resolve;
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-api-'));
  server = new Server();
  server.addService(types.APIService, {
    state: (call, callback) =>
      callback(
        null,
        types.StateResponse.fromPartial({ containers: [{ id: call.request.id }], machine: { memory: 7n } }),
      ),
    // Never answers.
    signal: (call) => call.on('cancelled', () => (cancelled += 1)),
    events: (call) => {
      call.on('cancelled', () => (cancelled += 1));
      call.sendMetadata(new Metadata());
      gotStream(call);
    },
  } as Partial<types.APIServer> as types.APIServer);
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix:${join(dir, 's')}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    ),
  );
  client = connect(join(dir, 's'));
  expectStream();
});
afterAll(async () => {
  client.close();
  server.forceShutdown();
  await rm(dir, { recursive: true });
});

test('a call gives its answer, with what was left out as the protocol has it', async () => {
  const { containers, machine } = await client.state({ id: 'web' });
  expect(containers).toMatchObject([{ id: 'web', bundlePath: '', processes: [], pids: [] }]);
  expect(machine).toEqual({ cpus: 0, memory: 7n });
});

test('a call is given up by its signal, before it and meanwhile', async () => {
  const before = cancelled;
  await expect(client.signal({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: status.CANCELLED });
  const stop = new AbortController();
  const call = client.signal({}, { signal: stop.signal });
  await client.state({});
  stop.abort();
  await expect(call).rejects.toMatchObject({ code: status.CANCELLED });
  await expect.poll(() => cancelled).toBeGreaterThan(before);
});

test('a call has the time that it is given', async () => {
  await expect(client.signal({}, { timeoutMs: 20 })).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
});

test('a socket that nobody listens on is UNAVAILABLE', async () => {
  const nobody = connect(join(dir, 'none'));
  await expect(nobody.state({})).rejects.toMatchObject({ code: status.UNAVAILABLE });
  await expect(nobody.events().subscribed).rejects.toMatchObject({ code: status.UNAVAILABLE });
  nobody.close();
});

test('events come one by one, and end without an error when the signal is aborted', async () => {
  expectStream();
  const stop = new AbortController();
  const events = client.events({ timestamp: 1n }, { signal: stop.signal });
  await events.subscribed;
  const call = await stream;
  expect(call.request.timestamp).toBe(1n);
  for (const id of ['a', 'b', 'c']) call.write(types.Event.fromPartial({ id }));
  const ids: string[] = [];
  for await (const { id } of events) {
    ids.push(id);
    if (id === 'b') stop.abort();
  }
  expect(ids.slice(0, 2)).toEqual(['a', 'b']);
});

test('leaving the loop gives the stream up at the server too', async () => {
  expectStream();
  const before = cancelled;
  const events = client.events();
  (await stream).write(types.Event.fromPartial({ id: 'only' }));
  for await (const { id } of events) {
    expect(id).toBe('only');
    break;
  }
  await expect.poll(() => cancelled).toBe(before + 1);
});

test('the end of the stream is the end of the loop, an error an error, also one that came before the loop', async () => {
  expectStream();
  const ending = client.events();
  (await stream).end();
  for await (const _ of ending) throw new Error('there was nothing');
  expectStream();
  const failing = client.events();
  await failing.subscribed;
  (await stream).emit('error', { code: status.INTERNAL, details: 'gone wrong' });
  // An answer that comes after the failure says that the failure has come.
  await client.state({});
  await expect(failing[Symbol.asyncIterator]().next()).rejects.toMatchObject({ details: 'gone wrong' });
});

test('closing the client ends its streams', async () => {
  expectStream();
  const before = cancelled;
  const other = connect(join(dir, 's'));
  const events = other.events();
  await events.subscribed;
  const next = events[Symbol.asyncIterator]().next();
  other.close();
  await expect(next).rejects.toMatchObject({ code: status.CANCELLED });
  await expect.poll(() => cancelled).toBe(before + 1);
});
