import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { takeLoopback } from '../src/index.ts';
import { makeNamespace, type Namespace } from './support/namespace.ts';
import { buildPrograms, PROGRAMS } from './support/programs.ts';

beforeAll(buildPrograms, 120_000);

describe.each(PROGRAMS)('connections to the loopback of a network namespace (%s)', (_, program) => {
  let namespace: Namespace;
  let dir: string;
  let server: Server;
  /** Says how much it got, once it has all of it. */
  let target: string;
  let errors: Error[];
  beforeEach(async () => {
    errors = [];
    namespace = await makeNamespace();
    dir = await mkdtemp(join(tmpdir(), 'runv-loopback-'));
    target = join(dir, 'target');
    server = createServer({ allowHalfOpen: true }, (socket) => {
      let bytes = 0;
      socket.on('data', ({ length }) => {
        bytes += length;
      });
      socket.on('end', () => socket.end(`${bytes} bytes`));
    }).listen(target);
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.close();
    await namespace[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  const ports: number[] = [];
  const reach = async ({ port }: { port: number }) => {
    ports.push(port);
    const socket: Socket = connect({ path: target, allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };
  const take = (connectTo = reach) =>
    takeLoopback({
      ...{ netns: namespace.path, socket: join(dir, 'socket'), program },
      ...{ connect: connectTo, onError: (error: Error) => errors.push(error) },
    });

  test('are taken at any port, with what is sent and its end', async () => {
    await using _ = await take();
    ports.length = 0;
    for (const [port, host] of [
      [80, '127.0.0.1'],
      [65_535, '::1'],
      [1, '127.0.0.1'],
    ] as const)
      expect(await namespace.connect(port, host, 'x'.repeat(3000))).toBe('3000000 bytes');
    expect(ports).toEqual([80, 65_535, 1]);
  });

  test('are taken several at once', async () => {
    await using _ = await take();
    const all = Array.from({ length: 8 }, (_, index) =>
      namespace.connect(1000 + index, '127.0.0.1', 'y'.repeat(index)),
    );
    expect(await Promise.all(all)).toEqual(all.map((_, index) => `${index * 1000} bytes`));
  });

  test('are reset where nobody is there, and refused beside these addresses', async () => {
    await using _ = await take(() => Promise.reject(new Error('nobody listens')));
    expect(await namespace.connect(80, '127.0.0.1')).toBe('ECONNRESET');
    expect(await namespace.connect(80, '127.0.0.2')).toBe('ECONNREFUSED');
  });

  test('are refused again in the end, and nothing is left', async () => {
    await using first = await take();
    await first[Symbol.asyncDispose]();
    expect(await namespace.connect(80, '127.0.0.1')).toBe('ECONNREFUSED');
    expect(await readdir(dir)).toEqual(['target']);
    // A process that was killed leaves its socket.
    createServer().listen(join(dir, 'socket')).unref();
    await using _ = await take();
    expect(await namespace.connect(80, '127.0.0.1', 'z')).toBe('1000 bytes');
    expect(errors).toEqual([]);
  });

  test('that hang are ended with it', async () => {
    const taken = await take(({ port }) => (port === 1 ? new Promise(() => {}) : reach({ port })));
    const hanging = namespace.connect(1, '127.0.0.1');
    while ((await execa('pgrep', ['-f', `${program} ${dir}`])).stdout.split('\n').length < 2) await setTimeout(10);
    await taken[Symbol.asyncDispose]();
    expect(await hanging).toBe('');
  });

  test('that cannot be taken have a reason, and nothing is left', async () => {
    const missing = { netns: `${dir}/none`, socket: join(dir, 'socket'), program, connect: reach, onError: () => {} };
    await expect(takeLoopback(missing)).rejects.toThrow('none');
    const long = { ...missing, netns: namespace.path, socket: join(dir, 'x'.repeat(100)) };
    await expect(takeLoopback(long)).rejects.toThrow('has more than 107 bytes');
    expect(await readdir(dir)).toEqual(['target']);
  });

  test('are taken no more when the program is killed, which is said', async () => {
    await using _ = await take();
    await execa('pkill', ['-KILL', '-f', `${program} ${dir}`]);
    await expect
      .poll(() => errors.map(({ message }) => message))
      .toEqual([`the loopback of ${namespace.path} is not taken any more: it ended with SIGKILL`]);
    expect(await namespace.connect(80, '127.0.0.1')).toBe('ECONNREFUSED');
  });
});
