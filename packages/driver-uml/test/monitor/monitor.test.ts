import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectTo } from '@runv/hypervisor/parts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Monitor } from '../../src/monitor/monitor.ts';

let dir: string;
let server: Server;
let kernel: Socket;
let monitor: Monitor;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'monitor-'));
  server = createServer().listen(join(dir, 'socket'));
  await once(server, 'listening');
  const connected = once(server, 'connection');
  monitor = new Monitor(await connectTo(join(dir, 'socket')));
  [kernel] = await connected;
});
afterEach(async () => {
  kernel.destroy();
  await monitor.closed;
  server.close();
  await rm(dir, { recursive: true });
});

test('answers come in the order of the questions, with their lines', async () => {
  const [list, remove] = [monitor.ask('list'), monitor.ask('remove t1')];
  let said = '';
  while (said !== 'list\nremove t1\n') said += String((await once(kernel, 'data'))[0]);
  kernel.write('t1 02:00:00:00:00:01\nt2 02:00:00:00:00:02\no');
  kernel.write('k\nok\n');
  expect(await list).toEqual(['t1 02:00:00:00:00:01', 't2 02:00:00:00:00:02']);
  expect(await remove).toEqual([]);
});

test('a refusal names the error', async () => {
  const asked = monitor.ask('add');
  kernel.write('error 17\n');
  await expect(asked).rejects.toThrow('EEXIST');
});

test('a kernel that hangs up leaves nobody waiting, then or later', async () => {
  const asked = monitor.ask('list');
  const refused = expect(asked).rejects.toThrow('hung up');
  kernel.destroy();
  await refused;
  await expect(monitor.ask('list')).rejects.toThrow('hung up');
});
