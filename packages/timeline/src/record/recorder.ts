/** The process's recorder: it forwards the phases of followed traces, and stores none. */
import { context, type Span, trace } from '@opentelemetry/api';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  ParentBasedSampler,
  RandomIdGenerator,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { epochMs } from '../clock.ts';
import { isExportConfigured } from '../isExportConfigured.ts';
import { phase } from '../phase.ts';
import type { RecordedPhase } from '../recordedPhase.ts';
import { AsyncContext } from './asyncContext.ts';
import { toRecordedPhase } from './toRecordedPhase.ts';

export interface Recorder extends AsyncDisposable {
  /**
   * Calls `onPhase` with each phase of a trace as it ends, so parts come before their phase, until disposed.
   *
   * @param traceId 32 hex digits
   */
  follow(traceId: string, onPhase: OnPhase): Disposable;
  /** Starts a trace and follows it until its end. */
  begin(name: string, onPhase: OnPhase): Trace;
  /** Exports pending spans, for at most a second, and stops recording. */
  [Symbol.asyncDispose](): Promise<void>;
}

export type OnPhase = (phase: RecordedPhase) => void;

export interface Trace {
  /** 32 hex digits. */
  readonly traceId: string;
  /** A top-level phase of this trace. */
  phase<T>(name: string, work: () => Promise<T>): Promise<T>;
  end(): void;
}

/** How long pending spans may delay a process's exit, in ms. */
const FLUSH_MS = 1000;

let current: Promise<Recorder> | undefined;

/**
 * Registers OpenTelemetry's SDK with its API, once. If the environment configures it (`OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_TRACES_EXPORTER=otlp` and so on), every trace is exported by OTLP over HTTP.
 *
 * @throws Error if the program has registered another SDK: spans go there
 */
export function recorder(): Promise<Recorder> {
  current ??= create();
  return current;
}

async function create(): Promise<Recorder> {
  // Loaded now, so that the first phase does not include the loading time.
  await import('../spans.ts');
  const exported = isExportConfigured(process.env) ? [(await import('./exporter.ts')).exporter(process.env)] : [];
  return new SdkRecorder(exported);
}

class SdkRecorder implements Recorder {
  readonly #followers = new Map<string, Set<OnPhase>>();
  readonly #ids = new RandomIdGenerator();
  /** The sampler decides by the trace id, when the first span starts. */
  #nextTraceId: string | undefined;
  readonly #exporting: boolean;
  readonly #provider: TracerProvider;

  constructor(exporters: SpanProcessor[]) {
    this.#exporting = exporters.length > 0;
    this.#provider = new TracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ 'service.name': 'runv' }))
        .merge(detectResources({ detectors: [envDetector] })),
      sampler: this.#sampler(),
      idGenerator: {
        generateSpanId: () => this.#ids.generateSpanId(),
        generateTraceId: () => this.#nextTraceId ?? this.#ids.generateTraceId(),
      },
      spanProcessors: [this.#processor(), ...exporters],
    });
    if (!trace.setGlobalTracerProvider(this.#provider))
      throw new Error('cannot record a timeline: this program has already registered a tracer provider');
    if (this.#exporting) enableContext();
  }

  follow(traceId: string, onPhase: OnPhase): Disposable {
    const followers = this.#followers.get(traceId) ?? new Set();
    followers.add(onPhase);
    if (this.#followers.size === 0 && !this.#exporting) enableContext();
    this.#followers.set(traceId, followers);
    return {
      [Symbol.dispose]: () => {
        if (!followers.delete(onPhase) || followers.size > 0) return;
        this.#followers.delete(traceId);
        // The context manager slows down every promise of the process a little.
        if (this.#followers.size === 0 && !this.#exporting) context.disable();
      },
    };
  }

  begin(name: string, onPhase: OnPhase): Trace {
    const traceId = this.#ids.generateTraceId();
    const following = this.follow(traceId, onPhase);
    const root = this.#startRoot(name, traceId);
    return {
      traceId,
      phase: (part, work) => context.with(trace.setSpan(context.active(), root), () => phase(part, work)),
      end: () => {
        following[Symbol.dispose]();
        root.end(epochMs());
      },
    };
  }

  #startRoot(name: string, traceId: string): Span {
    this.#nextTraceId = traceId;
    const root = trace.getTracer('runv').startSpan(name, { root: true, startTime: epochMs() });
    this.#nextTraceId = undefined;
    return root;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    current = undefined;
    this.#followers.clear();
    await this.#provider.forceFlush({ timeoutMillis: FLUSH_MS }).catch(() => {});
    trace.disable();
    context.disable();
    // Spans still being sent to a collector that does not answer are lost.
    void this.#provider.shutdown().catch(() => {});
  }

  /** Without an export, spans of traces that are not followed are not recorded. */
  #sampler(): Sampler {
    const others = new ParentBasedSampler({ root: new AlwaysOnSampler() });
    return {
      shouldSample: (...args) => {
        if (this.#followers.has(args[1])) return { decision: SamplingDecision.RECORD_AND_SAMPLED };
        return this.#exporting ? others.shouldSample(...args) : { decision: SamplingDecision.NOT_RECORD };
      },
      toString: () => 'followed traces',
    };
  }

  #processor(): SpanProcessor {
    return {
      onStart: () => {},
      onEnd: (span: ReadableSpan) => {
        for (const onPhase of this.#followers.get(span.spanContext().traceId) ?? []) onPhase(toRecordedPhase(span));
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    };
  }
}

function enableContext(): void {
  context.setGlobalContextManager(new AsyncContext());
}
