import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { startOf } from '@runv/supervisor';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildPrograms, SANITIZED, SHIMS } from '../../../shim/test/support/programs.ts';
import { ShimServer } from '../../src/index.ts';
import { logger } from '../shim/support/rig.ts';
import { makeFifo, reader, writer } from '../support/fifo.ts';
import { NONE, openCarrierRig, passOn } from './support/carrier.ts';

beforeAll(buildPrograms, 120_000);

test('no paths are no streams, and need no carrier', async () => {
  await using rig = await openCarrierRig(SANITIZED);
  const request = rig.request({});
  expect(request.paths).toEqual(NONE);
  expect(await request.open()).toEqual({});
});

test.each(['stdin', 'stdout', 'stderr'])(
  'a %s that is missing, a directory or a socket is refused by name',
  async (name) => {
    await using fifo = await makeFifo();
    await using rig = await openCarrierRig(SANITIZED);
    const socket = join(fifo.dir, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    for (const path of [join(fifo.dir, 'none'), fifo.dir, socket]) {
      await expect(rig.request({ [name]: path }).open()).rejects.toMatchObject({
        code: 'INVALID',
        message: expect.stringMatching(new RegExp(`^the ${name} path cannot be opened: .*${path}`)),
      });
    }
    server.close();
  },
);

test('a carrier that cannot be run is an error', async () => {
  await using fifo = await makeFifo();
  await using rig = await openCarrierRig('/none');
  const { carrier } = await rig.request({ stdin: fifo.path }).open();
  await expect(carrier?.begin?.()).rejects.toMatchObject({
    code: 'FAILED',
    message: expect.stringContaining('/none: No such file or directory'),
  });
});

test('a carrier that is not wanted before it was started closes the paths', async () => {
  await using fifo = await makeFifo();
  await using rig = await openCarrierRig(SANITIZED);
  const stdio = await rig.request({ stdout: fifo.path }).open();
  const said = text(await reader(fifo.path));
  stdio.stdout?.destroy();
  stdio.carrier?.end(0);
  expect(await said).toBe('');
});

test('a carrier that is not wanted before it has connected ends, even if the daemon does', async () => {
  await using fifo = await makeFifo();
  const rig = await openCarrierRig(SANITIZED);
  const { carrier, stdout } = await rig.open({ stdout: fifo.path });
  stdout.destroy();
  carrier.end(0);
  await rig.shims.close();
  while (startOf(carrier.pid) === carrier.start) await delay(5);
  await rig[Symbol.asyncDispose]();
});

test('a carrier that is told to end as the daemon does ends', async () => {
  await using fifo = await makeFifo();
  await using rig = await openCarrierRig(SANITIZED);
  const said = text(await reader(fifo.path));
  const { carrier, stdout } = await rig.open({ stdout: fifo.path });
  await passOn(stdout, 'all of it');
  carrier.end(0);
  await rig.shims.close();
  while (startOf(carrier.pid) === carrier.start) await delay(5);
  expect(await said).toBe('all of it');
});

test('a carrier that the next daemon does not know ends, and says nothing where the process would', async () => {
  await using fifo = await makeFifo();
  await using rig = await openCarrierRig(SANITIZED);
  const said = text(await reader(fifo.path));
  const { carrier, stderr } = await rig.open({ stderr: fifo.path });
  await passOn(stderr, 'the process ');
  await rig.shims.close();
  rig.shims = await ShimServer.listen(rig.socket, logger);
  expect(await said).toBe('the process ');
  while (startOf(carrier.pid) === carrier.start) await delay(5);
});

describe.each(SHIMS)('by the %s shim', (_name, program) => {
  test('FIFOs that nobody has at their other ends hold nothing up', async () => {
    await using input = await makeFifo();
    await using output = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { carrier, stdin, stdout, stderr } = await rig.open({ stdin: input.path, stdout: output.path });
    expect(stderr).toBeUndefined();
    (await writer(input.path)).end('in');
    stdout.end('out');
    expect(await text(stdin)).toBe('in');
    expect(await text(await reader(output.path))).toBe('out');
    carrier.end(0);
    await carrier.exited;
  });

  test('stdout and stderr may be one FIFO', async () => {
    await using output = await makeFifo();
    await using rig = await openCarrierRig(program);
    const { carrier, stdout, stderr } = await rig.open({ stdout: output.path, stderr: output.path });
    const all = text(await reader(output.path));
    await new Promise((resolve) => stdout.end('out ', () => resolve(undefined)));
    stderr.end('err');
    expect(await all).toBe('out err');
    carrier.end(0);
    await carrier.exited;
  });
});
