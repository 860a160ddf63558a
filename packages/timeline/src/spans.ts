/** Phases as spans of OpenTelemetry's API. */
import {
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { epochMs } from './clock.ts';
import { contextOf } from './traceContext.ts';

export { traceparent } from './traceContext.ts';

export function inSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  // Not cached: a tracer would stay with the first provider that it was used with.
  return trace.getTracer('runv').startActiveSpan(name, { ...options, startTime: epochMs() }, async (span) => {
    try {
      return await work();
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end(epochMs());
    }
  });
}

export function serve<T>(name: string, parent: string | undefined, work: () => Promise<T>): Promise<T> {
  return context.with(contextOf(parent), () => inSpan(name, { kind: SpanKind.SERVER }, work));
}

export function apart<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work);
}

function fail(span: Span, error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  span.recordException(known, epochMs());
  span.setStatus({ code: SpanStatusCode.ERROR, message: known.message });
}
