import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectTo } from '../../src/parts/index.ts';

/** Listens, takes nobody until it is told to on stdin, and then everybody. */
const SERVER = `
import socket, sys
server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen(0)
print('ready', flush=True); sys.stdin.readline()
while True: clients = clients + [server.accept()] if 'clients' in globals() else [server.accept()]`;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'connect-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('a socket whose queue is full is tried again until it has room, or the signal is aborted', async () => {
  const path = join(dir, 'socket');
  const server = spawn('python3', ['-c', SERVER, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(server, 'exit');
  await once(server.stdout, 'data');
  const first = await connectTo(path);
  await expect(connectTo(path)).rejects.toMatchObject({ code: 'EAGAIN' });
  await expect(connectTo(path, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'AbortError' });
  const waiting = connectTo(path, { signal: AbortSignal.timeout(10_000) });
  server.stdin.write('go\n');
  for (const socket of [first, await waiting]) socket.destroy();
  server.kill('SIGKILL');
  await ended;
});
