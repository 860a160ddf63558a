import { randomBytes } from 'node:crypto';
import { closeSync, writeSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildPrograms, SHIMS } from '../../../shim/test/support/programs.ts';
import { holder, makeFifo, writer } from '../support/fifo.ts';
import { openCarrierRig } from './support/carrier.ts';

beforeAll(buildPrograms, 120_000);

describe.each(SHIMS)('stdin of a path, by the %s shim', (_name, program) => {
  test('waits for a writer that comes late, and ends with the last one', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const all = text((await rig.open({ stdin: fifo.path })).stdin);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [first, second] = [await writer(fifo.path), await writer(fifo.path)];
    first.end('first ');
    await new Promise((resolve) => first.once('close', resolve));
    second.end('second');
    expect(await all).toBe('first second');
  });

  test('ends when a writer closes without a word', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const all = text((await rig.open({ stdin: fifo.path })).stdin);
    (await writer(fifo.path)).end();
    expect(await all).toBe('');
  });

  test.each([
    ['whose name is still there', false],
    ['whose name is gone', true],
  ])('reads what was written and closed before it opened, of a FIFO %s', async (_, removed) => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const held = await holder(fifo.path);
    writeSync(held, 'before');
    const { stdin } = await rig.open({ stdin: fifo.path });
    closeSync(held);
    if (removed) await rm(fifo.path);
    expect(await text(stdin)).toBe('before');
  });

  test('1 MiB through the 64 KiB of a FIFO arrives byte for byte', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const data = randomBytes(1 << 20);
    const all = buffer((await rig.open({ stdin: fifo.path })).stdin);
    (await writer(fifo.path)).end(data);
    expect((await all).equals(data)).toBe(true);
  });

  test('told to end, it gives what is there and no more, in order, whoever still holds the FIFO open', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { carrier, stdin, endStdin } = await rig.open({ stdin: fifo.path });
    const held = await holder(fifo.path);
    const data = randomBytes(60_000);
    writeSync(held, data.subarray(0, 30_000));
    // Some of it is on its way by now, and some in the FIFO.
    await new Promise((resolve) => stdin.once('readable', resolve));
    writeSync(held, data.subarray(30_000));
    endStdin();
    endStdin();
    expect((await buffer(stdin)).equals(data)).toBe(true);
    writeSync(held, 'too late');
    carrier.end(0);
    await carrier.exited;
    closeSync(held);
  });

  test('told to end, it loses nothing that a slow reader has not taken yet', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { stdin, endStdin } = await rig.open({ stdin: fifo.path });
    const held = await holder(fifo.path);
    const data = randomBytes(100_000);
    // The shim has all of it, because nobody reads.
    for (let at = 0; at < data.length; at += 4096) {
      const piece = data.subarray(at, at + 4096);
      await expect.poll(() => hasRoom(() => writeSync(held, piece)), { interval: 2 }).toBe(true);
    }
    endStdin();
    await new Promise((resolve) => setTimeout(resolve, 50));
    writeSync(held, 'late');
    expect((await buffer(stdin)).equals(data)).toBe(true);
    closeSync(held);
  });

  test('told to end before anything came, or before the shim has connected, it ends', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { stdin, endStdin } = await rig.open({ stdin: fifo.path });
    endStdin();
    expect(await text(stdin)).toBe('');
  });

  test('what the guest has not got goes to the next daemon, which may end it too', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const paths = { stdin: fifo.path };
    const before = await rig.open(paths);
    const held = await holder(fifo.path);
    writeSync(held, 'one two ');
    await new Promise((resolve) => before.stdin.once('readable', resolve));
    const next = await rig.nextDaemon(before, paths, 4);
    writeSync(held, 'three');
    next.endStdin();
    expect(await text(next.stdin)).toBe('two three');
    next.carrier.end(0);
    await next.carrier.exited;
    closeSync(held);
  });

  test('an end that one daemon has told it is an end for the next', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const paths = { stdin: fifo.path };
    const before = await rig.open(paths);
    const held = await holder(fifo.path);
    writeSync(held, 'all');
    await new Promise((resolve) => before.stdin.once('readable', resolve));
    before.endStdin();
    const next = await rig.nextDaemon(before, paths, 0);
    expect(await text(next.stdin)).toBe('all');
    closeSync(held);
  });

  test('a file is read to its end, told to or not', async () => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(program);
    const path = join(fifo.dir, 'file');
    await writeFile(path, Buffer.alloc(200_000, 'f'));
    expect((await buffer((await rig.open({ stdin: path })).stdin)).length).toBe(200_000);
    const told = await rig.open({ stdin: path });
    told.endStdin();
    expect((await buffer(told.stdin)).length).toBe(200_000);
  });

  test('/dev/null ends at once, and /dev/zero when it is told to', async () => {
    await using rig = await openCarrierRig(program);
    expect(await text((await rig.open({ stdin: '/dev/null' })).stdin)).toBe('');
    const endless = await rig.open({ stdin: '/dev/zero' });
    endless.endStdin();
    expect((await buffer(endless.stdin)).every((byte) => byte === 0)).toBe(true);
  });
});

/** False where a FIFO is full. */
function hasRoom(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return false;
  }
}
