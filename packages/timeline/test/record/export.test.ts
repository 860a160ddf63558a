/** Spans sent to a collector: an HTTP server here. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { phase } from '../../src/index.ts';
import { recorder } from '../../src/record/index.ts';

interface Sent {
  readonly path: string | undefined;
  readonly body: {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] };
      readonly scopeSpans: readonly { readonly spans: readonly { readonly name: string }[] }[];
    }[];
  };
}

let collector: Server;
let sent: Sent[];
beforeEach(async () => {
  sent = [];
  collector = createServer(async (request, response) => {
    sent.push({ path: request.url, body: (await json(request)) as Sent['body'] });
    response.end('{}');
  });
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  const { port } = collector.address() as AddressInfo;
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  collector.closeAllConnections();
  collector.close();
});

test('every phase is exported, with its parts, by the end of the recording', async () => {
  vi.stubEnv('OTEL_SERVICE_NAME', 'my-runv');
  const recording = await recorder();
  await phase('boot', () => phase('load', async () => {}));
  await recording[Symbol.asyncDispose]();
  expect(sent.map(({ path }) => path)).toEqual(['/v1/traces']);
  const [resourceSpans] = sent[0]?.body.resourceSpans ?? [];
  expect(resourceSpans?.resource.attributes).toContainEqual({
    key: 'service.name',
    value: { stringValue: 'my-runv' },
  });
  const [load, boot] = resourceSpans?.scopeSpans.flatMap(({ spans }) => spans) ?? [];
  expect(boot).toMatchObject({ name: 'boot' });
  expect(load).toMatchObject({ name: 'load', parentSpanId: (boot as { spanId?: string })?.spanId });
});

test('a collector that is not there holds up the end for a moment only', async () => {
  collector.close();
  const recording = await recorder();
  await phase('boot', async () => {});
  const began = performance.now();
  await recording[Symbol.asyncDispose]();
  // OpenTelemetry's own limit is 10 s.
  expect(performance.now() - began).toBeLessThan(5000);
  expect(sent).toEqual([]);
});
