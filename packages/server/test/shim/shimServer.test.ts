import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startShim } from '@runv/shim';
import { beforeAll, expect, test } from 'vitest';
import { makePipe, readerOf } from '../../../shim/test/support/pipe.ts';
import { buildPrograms, SANITIZED } from '../../../shim/test/support/programs.ts';
import { ShimServer } from '../../src/index.ts';
import { logger, openRig, signalsOf } from './support/rig.ts';

beforeAll(buildPrograms, 120_000);

test('its socket is for its owner only, replaces a stale one, and goes with it', async () => {
  await using rig = await openRig(SANITIZED);
  expect((await stat(rig.socket)).mode & 0o777).toBe(0o600);
  await expect(ShimServer.listen(rig.socket, logger)).rejects.toThrow('a daemon listens on');
  await rig.shims.close();
  await expect(stat(rig.socket)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a shim that nobody asks for is refused, and says so', async () => {
  await using rig = await openRig(SANITIZED);
  const socket = join(rig.dir, 'impatient.sock');
  const shims = await ShimServer.listen(socket, logger, { waitMs: 50 });
  const { stderr, ended } = await start(rig.dir, socket, 'c1/init/secret');
  expect(await text(stderr)).toBe('the daemon has no process c1/init\n');
  expect(await ended).toBe(255);
  await shims.close();
});

test('a shim whose daemon was followed by another that does not know it is refused at once', async () => {
  await using rig = await openRig(SANITIZED);
  const { caller, ended } = await rig.start({ key: 'c1/init/secret' });
  await rig.shims.close();
  const next = await ShimServer.listen(rig.socket, logger);
  expect(await text(caller.stderr)).toBe('the daemon has no process c1/init any more\n');
  expect(await ended).toEqual({ code: 255, signal: null });
  await next.close();
});

test('a call that comes after the shim gets it', async () => {
  await using rig = await openRig(SANITIZED);
  const { pid, stderr, ended } = await start(rig.dir, rig.socket, 'c1/init/secret');
  const shim = await rig.shims.request('c1/init/secret').shim.connect();
  expect(shim.pid).toBe(pid);
  shim.end(1);
  expect(await ended).toBe(1);
  expect(await text(stderr)).toBe('');
});

test('a call whose shim does not come fails after a while', async () => {
  await using rig = await openRig(SANITIZED);
  const shims = await ShimServer.listen(join(rig.dir, 'impatient.sock'), logger, { waitMs: 50 });
  await expect(shims.request('c1/init/secret').stdio.open()).rejects.toThrow(
    'no shim of c1/init has come within 0.05 s',
  );
  await shims.close();
});

test('a call that waits for its shim fails when the daemon ends', async () => {
  await using rig = await openRig(SANITIZED);
  const opening = rig.shims.request('c1/init/secret').stdio.open();
  const failure = expect(opening).rejects.toMatchObject({ code: 'STOPPING' });
  await rig.shims.close();
  await failure;
});

test('a second shim with a key is refused', async () => {
  await using rig = await openRig(SANITIZED);
  const first = await rig.start({ key: 'c1/init/secret' });
  const { stderr, ended } = await start(rig.dir, rig.socket, 'c1/init/secret');
  expect(await text(stderr)).toBe(`process ${first.pid} is the shim of c1/init already\n`);
  expect(await ended).toBe(255);
});

test('tells when a shim was killed, and drops what it cannot take any more', async () => {
  await using rig = await openRig(SANITIZED);
  const { pid, daemon, shim } = await rig.start();
  daemon.stdout.write('x'.repeat(1 << 20));
  const closed = [daemon.stdin, daemon.stdout, daemon.stderr].map(
    (stream) => new Promise((resolve) => stream.once('close', resolve)),
  );
  process.kill(pid, 'SIGKILL');
  await shim.exited;
  await Promise.all(closed);
  expect(daemon.stdout.errored?.message).toBe(`the shim ${pid} has ended`);
});

test('ends a process whose output nobody waits for any more', async () => {
  await using rig = await openRig(SANITIZED);
  const { daemon, shim, ended } = await rig.start();
  daemon.stdout.write('x'.repeat(1 << 20));
  shim.end(2);
  daemon.stdout.destroy();
  daemon.stderr.destroy();
  expect(await ended).toEqual({ code: 2, signal: null });
});

test('every signal that can be caught is passed on', async () => {
  await using rig = await openRig(SANITIZED);
  const { pid, child, shim, ended } = await rig.start();
  const kept = [4, 5, 7, 8, 9, 11, 13, 17, 19, 23, 28, 31];
  const passed = Array.from({ length: 31 }, (_, at) => at + 1).filter((number) => !kept.includes(number));
  const signals = signalsOf(shim);
  for (const number of [13, 17, 23, 28]) process.kill(pid, number);
  // One after the other: SIGCONT and the stop signals undo each other where they wait.
  for (const number of passed) {
    process.kill(pid, number);
    await signals.until(number);
  }
  expect([...signals.seen].sort((one, other) => one - other)).toEqual(passed);
  expect(child.exitCode).toBe(null);
  shim.end(0);
  await ended;
});

test.each([
  ['no frame at all', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a frame that is too long', Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])],
  ['a message before HELLO', Buffer.from([5, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 15])],
  ['a HELLO without a key', Buffer.from([1, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1])],
])('%s ends the connection, and nothing else', async (_what, bytes) => {
  await using rig = await openRig(SANITIZED);
  const { caller, daemon } = await rig.start();
  const socket = connect(rig.socket);
  socket.on('error', () => {});
  socket.write(bytes);
  await once(socket, 'close');
  daemon.stdout.end('unharmed');
  expect(await text(caller.stdout)).toBe('unharmed');
});

async function start(dir: string, socket: string, key: string) {
  const { reader, writer } = await makePipe(dir);
  const { pid, child } = await startShim({
    path: SANITIZED,
    socket,
    key,
    args: ['true'],
    stdio: [reader, writer, writer],
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  closeSync(writer);
  return { pid, child, ended, stderr: readerOf(reader) };
}
