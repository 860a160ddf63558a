import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@runv/api';
import type { Supervisor } from '@runv/supervisor';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AddressError, startServer } from '../src/index.ts';
import { about, logger, onHandedOver, openSupervisor } from './support/server.ts';

let dir: string;
let supervisor: Supervisor;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-listen-'));
  supervisor = await openSupervisor(dir);
});
afterEach(async () => {
  await supervisor.close();
  await rm(dir, { recursive: true });
});

const start = (socket: string) =>
  startServer({ socket, shimSocket: join(dir, 'shim'), supervisor, logger, about, onHandedOver });

describe('the socket', () => {
  test('answers, is for nobody but its owner, and goes with the server', async () => {
    const umask = process.umask();
    const socket = join(dir, 'runv.sock');
    const server = await start(socket);
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    expect(process.umask()).toBe(umask);
    const client = connect(socket);
    expect(await client.info({})).toMatchObject({ ...about, pid: process.pid });
    expect(await client.state({})).toEqual({ containers: [], machine: { cpus: 2, memory: 256n } });
    client.close();
    await server.stop();
    expect(existsSync(socket)).toBe(false);
  });

  test('may have a path with spaces and signs', async () => {
    const socket = join(dir, 'a b#c?d%20e:f');
    const server = await start(socket);
    const client = connect(socket);
    await client.info({});
    client.close();
    await server.stop();
    expect(existsSync(socket)).toBe(false);
  });

  test('that a killed daemon left is replaced', async () => {
    const socket = join(dir, 'runv.sock');
    const listen = `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await execa(process.execPath, ['-e', listen], { reject: false });
    expect((await stat(socket)).isSocket()).toBe(true);
    const server = await start(socket);
    const client = connect(socket);
    await client.info({});
    client.close();
    await server.stop();
  });

  test('that somebody listens on is refused, and goes on working', async () => {
    const socket = join(dir, 'runv.sock');
    const server = await start(socket);
    await expect(start(socket)).rejects.toThrow(/a daemon listens on .*runv\.sock already/);
    const client = connect(socket);
    await client.info({});
    client.close();
    await server.stop();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(socket, resolve));
    await expect(start(socket)).rejects.toBeInstanceOf(AddressError);
    expect(existsSync(socket)).toBe(true);
    await new Promise((resolve) => other.close(resolve));
  });

  test('is not put in the place of a file or a directory', async () => {
    const file = join(dir, 'file');
    await writeFile(file, 'of somebody');
    await expect(start(file)).rejects.toThrow(/is no socket/);
    expect(await readFile(file, 'utf8')).toBe('of somebody');
    await mkdir(join(dir, 'directory'));
    await expect(start(join(dir, 'directory'))).rejects.toThrow(/is no socket/);
  });

  test('is refused where its path is too long, or its directory is missing', async () => {
    const long = join(dir, 'x'.repeat(108 - dir.length - 1));
    expect(long).toHaveLength(108);
    await expect(start(long)).rejects.toThrow(/has 108 bytes and can have 107/);
    const server = await start(long.slice(0, 107));
    await server.stop();
    const missing = start(join(dir, 'missing/runv.sock'));
    await expect(missing).rejects.toBeInstanceOf(AddressError);
    await expect(missing).rejects.toThrow(/cannot listen on .*missing\/runv\.sock/);
  });
});

test('stopping ends the streams of clients, and what is no gRPC does no harm', async () => {
  const socket = join(dir, 'runv.sock');
  const server = await start(socket);
  const noise = connectSocket(socket, () => noise.write('GET / HTTP/1.1\r\n\r\n'));
  noise.on('error', () => {});
  const client = connect(socket);
  const events = client.events();
  await events.subscribed;
  await server.stop();
  await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: expect.any(Number) });
  client.close();
  noise.destroy();
});
