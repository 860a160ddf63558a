/** Sends spans to a collector, which the environment configures. */
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace';

/** The time limit for a batch by default: a collector that does not answer delays the process's exit that long. */
const TIMEOUT_MS = 1000;

export function exporter(env: NodeJS.ProcessEnv): SpanProcessor {
  const own = env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? env.OTEL_EXPORTER_OTLP_TIMEOUT;
  return new BatchSpanProcessor({ exporter: new OTLPTraceExporter(own ? {} : { timeoutMillis: TIMEOUT_MS }) });
}
