/** Sends spans to a collector. What it needs to know (where, with which headers) it takes from the environment. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace';

/** For one batch, unless OTEL_EXPORTER_OTLP_TIMEOUT says otherwise: so long may a collector that does not answer hold up an end. */
const TIMEOUT_MS = 1000;

export function exporter(env: NodeJS.ProcessEnv): SpanProcessor {
  const own = env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? env.OTEL_EXPORTER_OTLP_TIMEOUT;
  return new BatchSpanProcessor({ exporter: new OTLPTraceExporter(own ? {} : { timeoutMillis: TIMEOUT_MS }) });
}
