/** Trace: what the daemon does in the calls of one trace, phase by phase. */
import { once } from 'node:events';
import { Metadata, type ServerWritableStream, status } from '@grpc/grpc-js';
import type { control } from '@runv/api';
import type { RecordedPhase } from '@runv/timeline';
import { toStatus } from '../toStatus.ts';
import type { CallContext } from '../unary.ts';

type Call = ServerWritableStream<control.TraceRequest, control.TraceResponse>;

/** Of one call: a start has about twenty. Whoever makes a call that has more gets the first ones, and the call itself. */
const MOST_PHASES = 1000;

export async function trace({ logger }: CallContext, call: Call): Promise<void> {
  const { trace_id: traceId } = call.request;
  try {
    if (!/^(?!0+$)[0-9a-f]{32}$/.test(traceId)) {
      const details = `trace_id is ${JSON.stringify(traceId)}; it is 32 hex digits`;
      call.emit('error', { code: status.INVALID_ARGUMENT, details });
      return;
    }
    const gone = Promise.race([once(call, 'cancelled'), once(call, 'close')]);
    const { recorder } = await import('@runv/timeline/record');
    const phases: control.Phase[] = [];
    using _ = (await recorder()).follow(traceId, (phase) => {
      if (phases.length < MOST_PHASES || phase.isServed) phases.push(toMessage(phase));
      if (phase.isServed) call.write({ phases: phases.splice(0) });
    });
    call.sendMetadata(new Metadata());
    await gone;
  } catch (error) {
    call.emit('error', toStatus(error, logger));
  }
}

function toMessage({ id, parentId, name, startMs, durationMs, attributes, error }: RecordedPhase): control.Phase {
  return {
    ...{ id, name, error: error ?? '' },
    parent_id: parentId,
    start_ms: startMs,
    duration_ms: durationMs,
    attributes: JSON.stringify(attributes),
    failed: error !== undefined,
  };
}
