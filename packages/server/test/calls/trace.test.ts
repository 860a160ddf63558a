/** Trace: the phases of other calls, over a real connection. */
import { status } from '@grpc/grpc-js';
import type { control } from '@runv/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

const TRACE = '0123456789abcdef0123456789abcdef';
const SPAN = '0123456789abcdef';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => await server[Symbol.asyncDispose]());

test('tells the phases of a call of the trace when it answers, and of no other call', async () => {
  const { client } = server;
  const traced = client.trace({ trace_id: TRACE });
  await traced.subscribed;
  const create = (traceparent: string) =>
    client.createContainer({ id: 'c', bundlePath: '/nowhere' }, { traceparent }).catch(() => {});
  await create(`00-${'f'.repeat(32)}-${SPAN}-01`);
  await create(`00-${TRACE}-${SPAN}-01`);
  const phases = await first(traced);
  expect(phases.map(({ name }) => name)).toEqual([
    'take the id',
    'read the bundle',
    'take back what was done',
    '/types.API/CreateContainer',
  ]);
  const call = phases.at(-1);
  expect(call).toMatchObject({ parent_id: SPAN, failed: true, error: expect.stringContaining('/nowhere') });
  expect(phases.slice(0, -1).every(({ parent_id }) => parent_id === call?.id)).toBe(true);
  expect(phases[0]).toMatchObject({ failed: false, error: '', attributes: '{}' });
});

test('its times are those of the clock that client and daemon share', async () => {
  const { client } = server;
  const traced = client.trace({ trace_id: TRACE });
  await traced.subscribed;
  const before = monotonicMs();
  await client.state({}, { traceparent: `00-${TRACE}-${SPAN}-01` });
  const after = monotonicMs();
  const [call] = await first(traced);
  // They are computed from times of day, to a microsecond.
  expect(call?.start_ms).toBeGreaterThan(before - 0.01);
  expect((call?.start_ms ?? 0) + (call?.duration_ms ?? 0)).toBeLessThan(after + 0.01);
});

test('a trace that is none is refused', async () => {
  for (const trace_id of ['', 'hello', '0'.repeat(32)]) {
    const refused = server.client.trace({ trace_id }).subscribed;
    await expect(refused).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(/^trace_id is ".*"; it is 32/),
    });
  }
});

async function first(traced: AsyncIterable<control.TraceResponse>): Promise<readonly control.Phase[]> {
  for await (const { phases } of traced) return phases;
  throw new Error('the stream ended without a phase');
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
