import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openFifos } from '../../src/fifo/openFifos.ts';
import { makeFifo, reader, writer } from '../support/fifo.ts';

const NONE = { stdin: '', stdout: '', stderr: '' };

test('no paths are no streams', async () => {
  const request = openFifos(NONE);
  expect(request.paths).toEqual(NONE);
  expect(await request.open()).toMatchObject({ stdin: undefined, stdout: undefined, stderr: undefined });
});

test('FIFOs that nobody has at their other ends hold nothing up', async () => {
  await using input = await makeFifo();
  await using output = await makeFifo();
  const { stdin, stdout } = await openFifos({ stdin: input.path, stdout: output.path, stderr: '' }).open();
  (await writer(input.path)).end('in');
  stdout?.end('out');
  expect(stdin && (await text(stdin))).toBe('in');
  expect(await text(await reader(output.path))).toBe('out');
});

test('stdin ends when it is told to', async () => {
  await using fifo = await makeFifo();
  const { stdin, endStdin } = await openFifos({ ...NONE, stdin: fifo.path }).open();
  const client = await writer(fifo.path);
  await new Promise((resolve) => client.write('all there is', resolve));
  endStdin?.();
  expect(stdin && (await text(stdin))).toBe('all there is');
  client.destroy();
});

test.each(['stdin', 'stdout', 'stderr'])(
  'a %s that is missing, a directory or a socket is refused by name',
  async (name) => {
    await using fifo = await makeFifo();
    const socket = join(fifo.dir, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    for (const path of [join(fifo.dir, 'none'), fifo.dir, socket]) {
      await expect(openFifos({ ...NONE, [name]: path }).open()).rejects.toMatchObject({
        code: 'INVALID',
        message: expect.stringMatching(new RegExp(`^the ${name} path cannot be opened: .*${path}`)),
      });
    }
    server.close();
  },
);
