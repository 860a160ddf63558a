import { expect, test } from 'vitest';
import { isExportConfigured } from '../src/index.ts';

test.each([
  ['nothing', {}, false],
  ['an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }, true],
  ['an endpoint for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://localhost:4318/v1/traces' }, true],
  ['an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
  ['the exporter by name', { OTEL_TRACES_EXPORTER: 'console, otlp' }, true],
  ['an exporter that there is not', { OTEL_TRACES_EXPORTER: 'console' }, false],
  ['none, whatever the endpoint', { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' }, false],
  ['no SDK', { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' }, false],
])('%s', (_, env, expected) => {
  expect(isExportConfigured(env)).toBe(expected);
});
