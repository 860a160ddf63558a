import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { connect, type types } from '@runv/api';
import { expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

const START = 1_700_000_000;

test('from timestamp 0 on: only what happens from now on, without a marker', async () => {
  await using server = await startTestServer();
  await server.happen({ id: 'before' });
  const stream = await follow(server);
  await server.happen({ id: 'after', type: 'exit', pid: 'init', status: 3, timestamp: at(5) });
  expect(await stream.take(1)).toEqual([
    { id: 'after', type: 'exit', pid: 'init', status: 3, timestamp: BigInt(START + 5), reason: '' },
  ]);
});

test('from a time on: what came since, the marker, then what happens', async () => {
  await using server = await startTestServer();
  for (let second = 0; second < 10; second += 1) await server.happen({ id: `c${second}`, timestamp: at(second) });
  const stream = await follow(server, { timestamp: BigInt(START + 7) });
  await server.happen({ id: 'new', timestamp: at(20) });
  const events = await stream.take(5);
  expect(events.map(({ id, type }) => `${type} ${id}`)).toEqual([
    'start-container c7',
    'start-container c8',
    'start-container c9',
    'live ',
    'start-container new',
  ]);
});

test.each([
  ['a time to come', 4_000_000_000n],
  ['the last second that there is', 2n ** 64n - 1n],
])('from %s on: nothing but the marker and what happens', async (_, timestamp) => {
  await using server = await startTestServer();
  await server.happen({ id: 'before' });
  const stream = await follow(server, { timestamp });
  expect(await stream.take(1)).toMatchObject([{ type: 'live' }]);
  await server.happen({ id: 'after' });
  expect(await stream.take(1)).toMatchObject([{ id: 'after' }]);
});

test('defect 2: a replay of 5,000 events to 8 clients at once, none lost and none twice', async () => {
  await using server = await startTestServer();
  const ids = Array.from({ length: 5000 }, (_, index) => `c${index}`);
  await Promise.all(ids.map((id) => server.happen({ id })));
  const streams = await Promise.all(ids.slice(0, 8).map(() => follow(server, { timestamp: 1n })));
  await server.happen({ id: 'last' });
  for (const stream of streams) {
    const events = await stream.take(5002);
    expect(events.map(({ id }) => id)).toEqual([...ids, '', 'last']);
  }
});

test('defect 13: a client that does not read loses nothing and holds up nobody', async () => {
  await using server = await startTestServer();
  const slow = await follow(server);
  const quick = await follow(server);
  const id = 'x'.repeat(900);
  const count = 3000;
  for (let sent = 0; sent < count; sent += 100)
    await Promise.all(Array.from({ length: 100 }, (_, index) => server.happen({ id, pid: `${sent + index}` })));
  const numbers = Array.from({ length: count }, (_, index) => `${index}`);
  expect((await quick.take(count)).map(({ pid }) => pid)).toEqual(numbers);
  expect((await slow.take(count)).map(({ pid }) => pid)).toEqual(numbers);
});

test('what is stored but cannot be sent is damage: it is passed over, live and in a replay, and counted', async () => {
  await using server = await startTestServer();
  const stream = await follow(server);
  await server.happen({ id: 'first', timestamp: at(0) });
  const stored = [-1, 256, 2 ** 32, 1.5].map((bad) =>
    JSON.stringify({ id: 'bad', type: 'exit', timestamp: at(1), pid: 'init', status: bad }),
  );
  await appendFile(join(server.dir, 'events.log'), `${stored.join('\n')}\n`);
  await server.happen({ id: 'last', type: 'exit', pid: 'init', status: 255, timestamp: at(2) });
  expect((await stream.take(2)).map(({ id }) => id)).toEqual(['first', 'last']);
  const replay = await follow(server, { timestamp: 1n });
  expect((await replay.take(3)).map(({ id }) => id)).toEqual(['first', 'last', '']);
  expect(server.supervisor.events.damaged).toBe(stored.length);
});

test('a client that leaves lets its cursor go', async () => {
  await using server = await startTestServer();
  await server.happen({ id: 'before' });
  const before = await descriptors();
  const clients = Array.from({ length: 20 }, () => connect(server.socket));
  for (const client of clients) {
    const stop = new AbortController();
    const events = client.events({ timestamp: 1n }, { signal: stop.signal });
    for await (const _ of events) stop.abort();
    client.close();
  }
  await server.happen({ id: 'after' });
  await expect.poll(descriptors).toBeLessThanOrEqual(before);
});

test('the stream ends, without an error, when the log is closed', async () => {
  await using server = await startTestServer();
  const stream = await follow(server);
  await server.happen({ id: 'last' });
  await server.supervisor.close();
  expect(await stream.rest()).toMatchObject([{ id: 'last' }]);
});

test('a client that comes when the log is closed is told so, and not left waiting', async () => {
  await using server = await startTestServer();
  await server.supervisor.close();
  const stream = await follow(server, { timestamp: 1n });
  await expect(stream.rest()).rejects.toMatchObject({
    code: status.INTERNAL,
    details: expect.stringMatching(/closed/),
  });
});

async function follow({ client }: TestServer, request: types.DeepPartial<types.EventsRequest> = {}) {
  const events = client.events(request);
  await events.subscribed;
  const iterator = events[Symbol.asyncIterator]();
  async function take(count: number): Promise<types.Event[]> {
    const taken: types.Event[] = [];
    while (taken.length < count) {
      const { value, done } = await iterator.next();
      if (done) break;
      taken.push(value);
    }
    return taken;
  }
  return { take, rest: () => take(Number.POSITIVE_INFINITY) };
}

function at(second: number): string {
  return new Date((START + second) * 1000).toISOString();
}

async function descriptors(): Promise<number> {
  return (await readdir(join('/proc', `${process.pid}`, 'fd'))).length;
}
