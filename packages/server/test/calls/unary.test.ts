/** What the calls answer when there is no container, over a real connection. */
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => await server[Symbol.asyncDispose]());

test('a container that is not there is NOT_FOUND, whatever is asked of it', async () => {
  const { client } = server;
  const calls = [
    client.state({ id: 'none' }),
    client.signal({ id: 'none', pid: 'init', signal: 9 }),
    client.addProcess({ id: 'none', pid: 'e', args: ['true'] }),
    client.updateProcess({ id: 'none', pid: 'init', closeStdin: true }),
    client.start({ id: 'none' }),
    client.updateContainer({ id: 'none' }),
    client.stats({ id: 'none' }),
    client.delete({ id: 'none' }),
  ];
  const refusal = { code: status.NOT_FOUND, details: expect.stringMatching(/^there is no container none/) };
  await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(refusal)));
});

test('what is not there yet is UNIMPLEMENTED and says so', async () => {
  const { client } = server;
  const calls = {
    CreateCheckpoint: client.createCheckpoint({ id: 'c' }),
    DeleteCheckpoint: client.deleteCheckpoint({ id: 'c' }),
    ListCheckpoint: client.listCheckpoint({ id: 'c' }),
  };
  const refused = Object.entries(calls).map(([name, call]) =>
    expect(call).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: `${name} is not implemented by this version of runv`,
    }),
  );
  await Promise.all(refused);
});

test('a create that cannot be is refused before a VM is asked for', async () => {
  const create = (request: object) => server.client.createContainer(request).catch((error: unknown) => error);
  expect(await create({ id: 'c', bundlePath: '/nowhere' })).toMatchObject({ code: status.INVALID_ARGUMENT });
  expect(await create({ id: 'c', bundlePath: '/nowhere', checkpoint: 'x' })).toMatchObject({
    code: status.UNIMPLEMENTED,
  });
  expect(await create({ id: '../c', bundlePath: '/nowhere' })).toMatchObject({ code: status.INVALID_ARGUMENT });
  expect((await server.client.state({})).containers).toEqual([]);
});

test('a terminal larger than there can be is refused', async () => {
  const failure = server.client.updateProcess({ id: 'c', pid: 'init', width: 70_000, height: 24 });
  await expect(failure).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
});

test('a message with lines and signs reaches the client as it is', async () => {
  const id = 'a%b\nc: ü';
  await expect(server.client.state({ id })).rejects.toMatchObject({ details: `there is no container ${id} here` });
});

test('an id that is too long is refused, and the connection goes on', async () => {
  const { client } = server;
  const long = 'x'.repeat(200_000);
  const others = client.info({});
  const refusal = { code: status.INVALID_ARGUMENT };
  const calls = [client.state({ id: long }), client.signal({ id: long, signal: 9 }), client.stats({ id: long })];
  await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(refusal)));
  await expect(client.createContainer({ id: long, bundlePath: '/nowhere' })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
  });
  expect(await others).toEqual(await client.info({}));
});

test('a path that is echoed in an error, and a message that is too long, do not break the connection', async () => {
  const { client } = server;
  const create = (bundlePath: string) =>
    client.createContainer({ id: 'c', bundlePath }).catch((error: unknown) => error);
  expect(await create(`/${'ü'.repeat(200_000)}`)).toMatchObject({ code: expect.any(Number) });
  expect(await create('x'.repeat(17 << 20))).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  expect((await client.state({})).containers).toEqual([]);
});
