/** The process's one recorder: it passes on the phases of traces that somebody follows, and keeps none of them. */
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
   * Calls `onPhase` with each phase of a trace as it ends, so that a phase comes after its parts; until disposed.
   *
   * @param traceId 32 hex digits
   */
  follow(traceId: string, onPhase: OnPhase): Disposable;
  /** Begins a trace and follows it, until its end. */
  begin(name: string, onPhase: OnPhase): Trace;
  /** Sends what is to be exported, for at most a second; then nothing is recorded any more. */
  [Symbol.asyncDispose](): Promise<void>;
}

export type OnPhase = (phase: RecordedPhase) => void;

export interface Trace {
  /** 32 hex digits. */
  readonly traceId: string;
  /** A phase at the top of this trace. */
  phase<T>(name: string, work: () => Promise<T>): Promise<T>;
  end(): void;
}

/** How long the end of a process may take for spans that are still to be sent, in ms. */
const FLUSH_MS = 1000;

let made: Promise<Recorder> | undefined;

/**
 * Registers OpenTelemetry's SDK with its API, once. Where the environment configures it (`OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_TRACES_EXPORTER=otlp` and so on), every trace is exported by OTLP over HTTP.
 *
 * @throws Error when a program has registered an SDK of its own: its spans go there
 */
export function recorder(): Promise<Recorder> {
  made ??= make();
  return made;
}

async function make(): Promise<Recorder> {
  // Or the first phase would take as long as loading it does.
  await import('../spans.ts');
  const exported = isExportConfigured(process.env) ? [(await import('./exporter.ts')).exporter(process.env)] : [];
  return new SdkRecorder(exported);
}

class SdkRecorder implements Recorder {
  readonly #followers = new Map<string, Set<OnPhase>>();
  readonly #ids = new RandomIdGenerator();
  /** Whether a trace is recorded is decided by its id as its first span begins. */
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
      throw new Error(
        'spans go to a tracer provider that this program has registered itself; a timeline needs it gone',
      );
    if (this.#exporting) carryContext();
  }

  follow(traceId: string, onPhase: OnPhase): Disposable {
    const followers = this.#followers.get(traceId) ?? new Set();
    followers.add(onPhase);
    if (this.#followers.size === 0 && !this.#exporting) carryContext();
    this.#followers.set(traceId, followers);
    return {
      [Symbol.dispose]: () => {
        if (!followers.delete(onPhase) || followers.size > 0) return;
        this.#followers.delete(traceId);
        // It costs every promise of the process a little.
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
    made = undefined;
    this.#followers.clear();
    await this.#provider.forceFlush({ timeoutMillis: FLUSH_MS }).catch(() => {});
    trace.disable();
    context.disable();
    // Whatever is still on its way to a collector that does not answer is given up.
    void this.#provider.shutdown().catch(() => {});
  }

  /** Where nothing is exported, a span that nobody follows is not even recorded. */
  #sampler(): Sampler {
    const others = new ParentBasedSampler({ root: new AlwaysOnSampler() });
    return {
      shouldSample: (...args) => {
        if (this.#followers.has(args[1])) return { decision: SamplingDecision.RECORD_AND_SAMPLED };
        return this.#exporting ? others.shouldSample(...args) : { decision: SamplingDecision.NOT_RECORD };
      },
      toString: () => 'those that are followed',
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

function carryContext(): void {
  context.setGlobalContextManager(new AsyncContext());
}
