import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { QmpEvent } from '../../src/qmp/messages.ts';
import { openQmp, type QmpClient } from '../../src/qmp/qmpClient.ts';

let dir: string;
let server: Server;
let peer: Socket;
let asked: { execute: string; arguments?: unknown; id: number }[];
let events: QmpEvent[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'qmp-'));
  server = createServer();
  server.listen(join(dir, 's'));
  await once(server, 'listening');
  asked = [];
  events = [];
});
afterEach(async () => {
  peer.destroy();
  server.close();
  await rm(dir, { recursive: true });
});

/** A client whose other end greets and accepts; the test answers the rest. */
async function open(): Promise<QmpClient> {
  const socket = connect(join(dir, 's'));
  [peer] = await once(server, 'connection');
  peer.on('error', () => {});
  peer.on('data', (bytes) => {
    for (const line of bytes.toString().trim().split('\n')) asked.push(JSON.parse(line));
  });
  say({ QMP: { version: {}, capabilities: [] } });
  const opening = openQmp(socket, (event) => events.push(event));
  await expect.poll(() => asked.length).toBe(1);
  say({ return: {}, id: asked[0]?.id });
  return opening;
}

function say(message: object): void {
  peer.write(`${JSON.stringify(message)}\r\n`);
}

test('answers find their command by id, in any order, and events come in between', async () => {
  const qmp = await open();
  const [first, second] = [qmp.execute('query-a'), qmp.execute('query-b', { x: 1 })];
  await expect.poll(() => asked.length).toBe(3);
  expect(asked.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'query-a', 'query-b']);
  expect(asked[2]?.arguments).toEqual({ x: 1 });
  say({ return: 'b', id: asked[2]?.id });
  say({ event: 'STOP', timestamp: { seconds: 1, microseconds: 2 } });
  say({ return: 'a', id: asked[1]?.id });
  expect(await Promise.all([first, second])).toEqual(['a', 'b']);
  expect(events).toEqual([{ event: 'STOP', data: {} }]);
});

test('a message in pieces, with a character cut in two, is put together', async () => {
  const qmp = await open();
  const answer = qmp.execute('query-name');
  await expect.poll(() => asked.length).toBe(2);
  const bytes = Buffer.from(`${JSON.stringify({ return: 'é', id: asked[1]?.id })}\n`);
  const middle = bytes.indexOf(0xc3) + 1;
  peer.write(bytes.subarray(0, middle));
  await new Promise(setImmediate);
  peer.write(bytes.subarray(middle));
  expect(await answer).toBe('é');
});

test('what QEMU refuses is an error in its words', async () => {
  const qmp = await open();
  const answer = qmp.execute('device_add');
  await expect.poll(() => asked.length).toBe(2);
  say({ error: { class: 'GenericError', desc: 'Bus is full' }, id: asked[1]?.id });
  await expect(answer).rejects.toMatchObject({ code: 'FAILED', message: 'QEMU refused device_add: Bus is full' });
});

test('a command has a time limit and can be abandoned, and its late answer harms nobody', async () => {
  const qmp = await open();
  await expect(qmp.execute('slow', undefined, { timeoutMs: 20 })).rejects.toThrow('slow within 20 ms');
  const reason = new Error('enough');
  const abort = new AbortController();
  const abandoned = qmp.execute('slow', undefined, { signal: abort.signal });
  abort.abort(reason);
  await expect(abandoned).rejects.toBe(reason);
  await expect.poll(() => asked.length).toBe(3);
  for (const { id } of asked.slice(1)) say({ return: {}, id });
  const next = qmp.execute('quick');
  await expect.poll(() => asked.length).toBe(4);
  say({ return: 1, id: asked[3]?.id });
  expect(await next).toBe(1);
});

test('when the connection closes every pending command is rejected, and so is every later one', async () => {
  const qmp = await open();
  const pending = [qmp.execute('a'), qmp.execute('b')];
  await expect.poll(() => asked.length).toBe(3);
  peer.destroy();
  for (const { reason } of (await Promise.allSettled(pending)) as PromiseRejectedResult[])
    expect(reason).toMatchObject({ code: 'EXITED' });
  await qmp.closed;
  await expect(qmp.execute('c')).rejects.toMatchObject({ code: 'EXITED' });
});

test('what is not QMP ends the connection with the reason', async () => {
  const qmp = await open();
  const pending = qmp.execute('a');
  peer.write('{"unexpected": true}\n');
  await expect(pending).rejects.toMatchObject({ code: 'EXITED', message: expect.stringContaining('failed') });
});
