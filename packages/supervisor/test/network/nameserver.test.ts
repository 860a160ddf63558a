import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loopbackIn, Nameserver } from '../../src/network/nameserver.ts';

/** Answers each query with its bytes from the third on, doubled, after those that begin with `later`; `none` never. */
const SERVER = `
const socket = require('node:dgram').createSocket('udp4');
const answer = (query, from) => socket.send(Buffer.concat([query, query.subarray(2)]), from.port, from.address);
socket.on('message', (query, from) => {
  const word = query.subarray(2).toString();
  if (word !== 'none') setTimeout(answer, word === 'later' ? 100 : 0, query, from);
});
socket.bind(53, '127.0.0.11', () => console.log('listening'));
`;

const server = spawn(
  'unshare',
  ['--net', 'sh', '-c', 'ip link set lo up && exec "$0" --eval "$1"', process.execPath, SERVER],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
const netns = `/proc/${server.pid}/ns/net`;
beforeAll(async () => {
  await once(server.stdout, 'data');
});
afterAll(async () => {
  server.kill('SIGKILL');
  await once(server, 'exit');
});

const query = (id: number, words: string) => Buffer.concat([Buffer.from([id >> 8, id & 255]), Buffer.from(words)]);

test('asks where only the namespace’s own processes can, and tells answers apart that have one id', async () => {
  const nameserver = await Nameserver.open(netns, '127.0.0.11');
  const [later, sooner] = await Promise.all([nameserver.ask(query(7, 'later')), nameserver.ask(query(7, 'sooner'))]);
  expect(later).toEqual(query(7, 'laterlater'));
  expect(sooner).toEqual(query(7, 'soonersooner'));
  const open = nameserver.ask(query(8, 'none'));
  nameserver.close();
  expect(await open).toBeUndefined();
});

test('says why it cannot', async () => {
  await expect(Nameserver.open('/proc/0/ns/net', '127.0.0.11')).rejects.toThrow(/\/proc\/0\/ns\/net/);
});

test('a name server on a loopback is found in a resolv.conf, and no other', () => {
  expect(loopbackIn('search x\nnameserver 127.0.0.11\noptions ndots:0\n')).toBe('127.0.0.11');
  expect(loopbackIn('nameserver 192.0.2.1\n# nameserver 127.0.0.1\nnameserver ::1\n')).toBeUndefined();
});
