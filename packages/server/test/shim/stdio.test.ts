import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import { makePipe, readerOf } from '../../../shim/test/support/pipe.ts';
import { buildPrograms, SHIMS } from '../../../shim/test/support/programs.ts';
import { end, readBytes, writeBytes } from './support/bytes.ts';
import { openRig, signalsOf } from './support/rig.ts';

const SIGUSR1 = 10;

beforeAll(buildPrograms, 120_000);

describe.each(SHIMS)('the %s shim', (_name, program) => {
  test('brings 64 MiB in and 64 MiB out, each byte once', async () => {
    await using rig = await openRig(program);
    const { caller, daemon, shim, ended } = await rig.start();
    const total = 64 << 20;
    const [typed, read, written, shown] = await Promise.all([
      writeBytes(caller.stdin, total).finally(() => caller.stdin.end()),
      readBytes(daemon.stdin),
      writeBytes(daemon.stdout, total).finally(() => daemon.stdout.end()),
      readBytes(caller.stdout),
    ]);
    expect(read).toEqual({ sum: typed, total });
    expect(shown).toEqual({ sum: written, total });
    shim.end(0);
    expect(await ended).toEqual({ code: 0, signal: null });
  });

  test('keeps stdout and stderr apart, and ends each when it ends', async () => {
    await using rig = await openRig(program);
    const { caller, daemon, shim, ended } = await rig.start();
    daemon.stdout.write('out');
    daemon.stderr.write('err');
    await end(daemon.stderr);
    expect(await text(caller.stderr)).toBe('err');
    daemon.stdout.end('put');
    expect(await text(caller.stdout)).toBe('output');
    shim.end(0);
    await ended;
  });

  test.each([0, 3, 137, 255])('exits with %i once everything was read', async (status) => {
    await using rig = await openRig(program);
    const { caller, daemon, shim, ended } = await rig.start();
    daemon.stdout.write('x'.repeat(200_000));
    daemon.stderr.write('last words');
    shim.end(status);
    const [out, err] = await Promise.all([text(caller.stdout), text(caller.stderr)]);
    expect([out.length, err]).toEqual([200_000, 'last words']);
    expect(await ended).toEqual({ code: status, signal: null });
    await shim.exited;
  });

  test('ends before others that write on, whose output goes where its own went', async () => {
    await using rig = await openRig(program);
    const { caller, daemon, shim, ended } = await rig.start();
    const shown = Promise.all([text(caller.stdout), text(caller.stderr)]);
    daemon.stdout.write('own '.repeat(50_000));
    daemon.stderr.write('words');
    await shim.leave(3);
    expect(await ended).toEqual({ code: 3, signal: null });
    await shim.exited;
    daemon.stdout.write('later '.repeat(50_000));
    daemon.stdout.end('last');
    daemon.stderr.end();
    expect(await shown).toEqual([`${'own '.repeat(50_000)}${'later '.repeat(50_000)}last`, 'words']);
  });

  test('ends at once where nobody writes on, and its output has ended', async () => {
    await using rig = await openRig(program);
    const { caller, daemon, shim, ended } = await rig.start();
    daemon.stdout.end('all');
    daemon.stderr.end();
    await shim.leave(4);
    expect([await text(caller.stdout), await ended]).toEqual(['all', { code: 4, signal: null }]);
  });

  test('a reader that stops holds up nothing but its own stream', async () => {
    await using rig = await openRig(program);
    const { pid, caller, daemon, shim, ended } = await rig.start();
    const signals = signalsOf(shim);
    let finished = false;
    daemon.stdout.once('finish', () => {
      finished = true;
    });
    const sum = writeBytes(daemon.stdout, 1 << 20).finally(() => daemon.stdout.end());
    await end(daemon.stderr, 'still here');
    expect(await text(caller.stderr)).toBe('still here');
    process.kill(pid, 'SIGUSR1');
    await signals.until(SIGUSR1);
    caller.stdin.end('typed');
    expect(await text(daemon.stdin)).toBe('typed');
    expect(finished).toBe(false);
    expect(await readBytes(caller.stdout)).toEqual({ sum: await sum, total: 1 << 20 });
    shim.end(0);
    await ended;
  });

  test('takes no more of stdin than 256 KiB beyond what the process has taken', async () => {
    await using rig = await openRig(program);
    const { caller, daemon, shim, ended } = await rig.start();
    const sum = writeBytes(caller.stdin, 1 << 20).finally(() => caller.stdin.end());
    while (daemon.stdin.readableLength < 256 << 10) await new Promise((resolve) => setImmediate(resolve));
    expect(daemon.stdin.readableLength).toBe(256 << 10);
    expect(await readBytes(daemon.stdin)).toEqual({ sum: await sum, total: 1 << 20 });
    shim.end(0);
    await ended;
  });

  test('throws away what nobody reads, and goes on', async () => {
    await using rig = await openRig(program);
    const { caller, daemon, shim, ended } = await rig.start();
    caller.stdout.destroy();
    await writeBytes(daemon.stdout, 1 << 20);
    await end(daemon.stdout);
    await end(daemon.stderr, 'heard');
    expect(await text(caller.stderr)).toBe('heard');
    shim.end(4);
    expect(await ended).toEqual({ code: 4, signal: null });
  });

  test('leaves the description that others share as it was', async () => {
    await using rig = await openRig(program);
    const pipe = await makePipe(rig.dir);
    const { daemon, shim, ended } = await rig.start({ stdout: pipe.writer });
    const drained = text(readerOf(pipe.reader));
    daemon.stdout.write('x'.repeat(200_000));
    await end(daemon.stdout);
    expect(flagsOf(pipe.writer) & constants.O_NONBLOCK).toBe(0);
    closeSync(pipe.writer);
    expect((await drained).length).toBe(200_000);
    shim.end(0);
    await ended;
  });

  test('writes on in a file where another has stopped', async () => {
    await using rig = await openRig(program);
    const path = join(rig.dir, 'log');
    await writeFile(path, '');
    const fd = openSync(path, 'r+');
    writeSync(fd, 'before ');
    const { daemon, shim, ended } = await rig.start({ stdout: fd });
    await end(daemon.stdout, 'within');
    writeSync(fd, ' after');
    closeSync(fd);
    shim.end(0);
    await ended;
    expect(await readFile(path, 'utf8')).toBe('before within after');
  });
});

/** Of the open file description, as fcntl(F_GETFL) gives them. */
function flagsOf(fd: number): number {
  const [, flags] = /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
  return Number.parseInt(flags ?? '', 8);
}
