import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChannelStream } from '../../src/parts/channelStream.ts';
import { connectTo } from '../../src/parts/connectTo.ts';

let dir: string;
let server: Server;
let peer: Socket;
let stream: ChannelStream;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'channel-'));
  // What the peer has not asked for stays in the kernel, as it does with QEMU.
  server = createServer({ pauseOnConnect: true });
  server.listen(join(dir, 's'));
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  stream = new ChannelStream(await connectTo(join(dir, 's')));
  [peer] = await accepted;
  peer.on('error', () => {});
});
afterEach(async () => {
  stream.destroy();
  peer.destroy();
  server.close();
  await rm(dir, { recursive: true });
});

test('32 MiB both ways at once arrive byte for byte', async () => {
  const bytes = randomBytes(32 * 1024 * 1024);
  const hash = (data: AsyncIterable<Buffer>): Promise<string> => digest(data, bytes.length);
  const arrived = Promise.all([
    hash(stream.iterator({ destroyOnReturn: false })),
    hash(peer.iterator({ destroyOnReturn: false })),
  ]);
  stream.write(bytes);
  peer.write(bytes);
  const expected = createHash('sha256').update(bytes).digest('hex');
  expect(await arrived).toEqual([expected, expected]);
});

test('a reader that stops stalls its writer, and a writer hears of a peer that stops', async () => {
  const piece = Buffer.alloc(64 * 1024);
  while (peer.write(piece)) await new Promise(setImmediate);
  for (let turn = 0; turn < 20; turn++) {
    peer.write(piece);
    await new Promise(setImmediate);
  }
  expect(stream.readableLength).toBeLessThanOrEqual(2 * 64 * 1024);
  expect(peer.writableLength).toBeGreaterThan(0);
  peer.pause();
  let written = 0;
  while (stream.write(piece)) {
    written += piece.length;
    await new Promise(setImmediate);
  }
  expect(written).toBeLessThan(8 * 1024 * 1024);
});

test('a peer that is gone, with bytes of ours unread, is an end and no error; what is written later is dropped', async () => {
  stream.write('never read');
  peer.write('last words');
  const seen: string[] = [];
  stream.on('data', (chunk) => seen.push(String(chunk)));
  await expect.poll(() => seen).toEqual(['last words']);
  peer.destroy();
  await once(stream, 'end');
  await new Promise<void>((resolve) => stream.write('too late', () => resolve()));
  stream.end();
  expect(stream.errored).toBeNull();
});

async function digest(data: AsyncIterable<Buffer>, length: number): Promise<string> {
  const hash = createHash('sha256');
  let left = length;
  for await (const chunk of data) {
    hash.update(chunk);
    left -= chunk.length;
    if (left <= 0) break;
  }
  return hash.digest('hex');
}

test('ends when the guest has closed its end, after what it wrote before', async () => {
  const read = (async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  })();
  stream.hangUp();
  peer.write('last words');
  expect(await read).toBe('last words');
});
