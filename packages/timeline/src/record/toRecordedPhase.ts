/** Converts a finished span to a recorded phase. */
import { type HrTime, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { toMonotonicMs } from '../clock.ts';
import type { RecordedPhase } from '../recordedPhase.ts';

export function toRecordedPhase(span: ReadableSpan): RecordedPhase {
  const { name, attributes, status, parentSpanContext: parent } = span;
  return {
    id: span.spanContext().spanId,
    parentId: parent?.spanId ?? '',
    isServed: parent?.isRemote ?? false,
    name,
    startMs: toMonotonicMs(toMs(span.startTime)),
    durationMs: toMs(span.duration),
    attributes,
    error: status.code === SpanStatusCode.ERROR ? (status.message ?? '') : undefined,
  };
}

function toMs([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e3 + nanoseconds / 1e6;
}
