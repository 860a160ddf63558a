/** Collects the daemon's phases in the calls of one trace. */
import type { control, RunvClient, Subscription } from '@runv/api';
import type { PhaseAttributes, RecordedPhase } from '@runv/timeline';

/** The daemon sends a call's phases before its answer. They may arrive this much later than the answer, in ms. */
const PATIENCE_MS = 1000;

export class DaemonPhases {
  readonly #phases: RecordedPhase[] = [];
  readonly #stop: AbortController;
  readonly #reading: Promise<void>;
  #told = 0;
  #calls = Number.POSITIVE_INFINITY;

  /** Resolves when the daemon records, so that it reports later calls. */
  static async follow(client: RunvClient, traceId: string): Promise<DaemonPhases> {
    const stop = new AbortController();
    const told = client.trace({ trace_id: traceId }, { signal: stop.signal });
    await told.subscribed;
    return new DaemonPhases(told, stop);
  }

  private constructor(told: Subscription<control.TraceResponse>, stop: AbortController) {
    this.#stop = stop;
    // Phases of a daemon that has disconnected are missing from the timeline; the call itself reports the error.
    this.#reading = this.#read(told).catch(() => {});
  }

  /** The phases of the first `calls` calls, or as many as arrived before the daemon disconnected. */
  async all(calls: number): Promise<readonly RecordedPhase[]> {
    this.#calls = calls;
    const limit = setTimeout(() => this.#stop.abort(), this.#told >= calls ? 0 : PATIENCE_MS);
    await this.#reading;
    clearTimeout(limit);
    return this.#phases;
  }

  async #read(told: Subscription<control.TraceResponse>): Promise<void> {
    for await (const { phases } of told) {
      this.#phases.push(...phases.map(toRecordedPhase));
      this.#told += 1;
      if (this.#told >= this.#calls) return;
    }
  }
}

function toRecordedPhase(phase: control.Phase, index: number, all: readonly control.Phase[]): RecordedPhase {
  return {
    id: phase.id,
    parentId: phase.parent_id,
    isServed: index === all.length - 1,
    name: phase.name,
    startMs: phase.start_ms,
    durationMs: phase.duration_ms,
    attributes: JSON.parse(phase.attributes) as PhaseAttributes,
    error: phase.failed ? phase.error : undefined,
  };
}
