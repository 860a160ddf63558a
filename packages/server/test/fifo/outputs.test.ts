import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startOf } from '@runv/supervisor';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildPrograms, SHIMS } from '../../../shim/test/support/programs.ts';
import { end } from '../shim/support/bytes.ts';
import { makeFifo, reader } from '../support/fifo.ts';
import { openCarrierRig, passOn } from './support/carrier.ts';

const NOBODY = 65_534;

beforeAll(buildPrograms, 120_000);

describe.each(SHIMS)('an output to a path, by the %s shim', (_name, program) => {
  test('waits for a reader that comes after the end, and gives it everything', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { carrier, stdout } = await rig.open({ stdout: fifo.path });
    stdout.end('last words');
    carrier.end(0);
    await delay(200);
    expect(await text(await reader(fifo.path))).toBe('last words');
    await Promise.all([finished(stdout), carrier.exited]);
  });

  test('a reader that comes after the end of nothing finds the end', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { carrier, stdout } = await rig.open({ stdout: fifo.path });
    await end(stdout);
    carrier.end(0);
    await delay(100);
    expect(startOf(carrier.pid)).toBe(carrier.start);
    const late = await reader(fifo.path);
    const ended = once(late, 'end');
    late.resume();
    await Promise.all([ended, carrier.exited]);
  });

  test('gives up ten seconds after the end when nobody ever reads', { timeout: 20_000 }, async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { carrier, stdout } = await rig.open({ stdout: fifo.path });
    const began = performance.now();
    stdout.end('for nobody');
    carrier.end(0);
    await carrier.exited;
    expect(performance.now() - began).toBeGreaterThan(9900);
    expect(stdout.writableFinished).toBe(true);
  });

  test('keeps 256 KiB, and no more, for a reader that has not come', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { stdout } = await rig.open({ stdout: fifo.path });
    const data = randomBytes(600_000);
    let taken = false;
    stdout.write(data, () => {
      taken = true;
    });
    stdout.end();
    await delay(150);
    expect(taken).toBe(false);
    expect((await buffer(await reader(fifo.path))).equals(data)).toBe(true);
  });

  test('given up with what it has kept, it ends at once', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { carrier, stdout } = await rig.open({ stdout: fifo.path });
    stdout.write('for nobody');
    await delay(50);
    stdout.destroy();
    carrier.end(0);
    await carrier.exited;
  });

  test('a reader that leaves disturbs nobody: the rest is thrown away', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const leaving = await reader(fifo.path);
    const { carrier, stdout } = await rig.open({ stdout: fifo.path });
    stdout.write('read');
    await once(leaving, 'data');
    leaving.destroy();
    await once(leaving, 'close');
    await end(stdout, 'u'.repeat(1 << 20));
    carrier.end(0);
    await carrier.exited;
  });

  test('a reader that came and left before anything was said is one that left', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { stdout } = await rig.open({ stdout: fifo.path });
    const leaving = await reader(fifo.path);
    await delay(250);
    leaving.destroy();
    await once(leaving, 'close');
    await end(stdout, 'u'.repeat(1 << 20));
  });

  test('1 MiB through the 64 KiB of a FIFO arrives byte for byte', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const data = randomBytes(1 << 20);
    const all = buffer(await reader(fifo.path));
    (await rig.open({ stdout: fifo.path })).stdout.end(data);
    expect((await all).equals(data)).toBe(true);
  });

  test('what was not passed on comes from the next daemon, each byte once', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const paths = { stdout: fifo.path };
    const before = await rig.open(paths);
    const all = text(await reader(fifo.path));
    await passOn(before.stdout, 'first ');
    const next = await rig.nextDaemon(before, paths, 0);
    expect(next.stdout).toMatchObject({ passedBefore: 6 });
    await end(next.stdout, 'second');
    expect(await all).toBe('first second');
    next.carrier.end(0);
    await next.carrier.exited;
  });

  test('a FIFO of another user that only that user may use is opened by root, and read late', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    await chmod(fifo.path, 0o600);
    await chown(fifo.path, NOBODY, NOBODY);
    const { stdout } = await rig.open({ stdout: fifo.path });
    stdout.end('theirs');
    await delay(50);
    expect(await text(await reader(fifo.path))).toBe('theirs');
  });

  test('a file is written to at its end', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const path = join(fifo.dir, 'file');
    await writeFile(path, 'before ');
    await end((await rig.open({ stdout: path })).stdout, 'after');
    expect(await readFile(path, 'utf8')).toBe('before after');
  });

  test('a carrier that is killed takes its streams with it, and nothing else', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { carrier, stdout } = await rig.open({ stdout: fifo.path });
    stdout.write('for nobody');
    process.kill(carrier.pid, 'SIGKILL');
    await carrier.exited;
    expect(stdout.destroyed).toBe(true);
  });
});
