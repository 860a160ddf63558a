/** The daemon's phases in the calls of one trace, as it tells them. */
import type { control, RunvClient, Subscription } from '@runv/api';
import type { PhaseAttributes, RecordedPhase } from '@runv/timeline';

/** The daemon tells a call's phases before it answers; how long they may still be under way after that, in ms. */
const PATIENCE_MS = 1000;

export class DaemonPhases {
  readonly #phases: RecordedPhase[] = [];
  readonly #stop: AbortController;
  readonly #reading: Promise<void>;
  #told = 0;
  #calls = Number.POSITIVE_INFINITY;

  /** Resolves when the daemon records: calls from then on will be told. */
  static async follow(client: RunvClient, traceId: string): Promise<DaemonPhases> {
    const stop = new AbortController();
    const told = client.trace({ trace_id: traceId }, { signal: stop.signal });
    await told.subscribed;
    return new DaemonPhases(told, stop);
  }

  private constructor(told: Subscription<control.TraceResponse>, stop: AbortController) {
    this.#stop = stop;
    // What is missing because the daemon has gone is missing in the timeline too; who waits for the answer hears of it.
    this.#reading = this.#read(told).catch(() => {});
  }

  /** Those of the first `calls` calls; as many of them as have come, when the daemon has gone. */
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
