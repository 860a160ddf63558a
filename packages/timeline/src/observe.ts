/** Watches every phase of this process, without a trace: for counting. */

/** A phase that is over. */
export interface ObservedPhase {
  /** `call`: a request that was served; its name is that of the call. */
  readonly kind: 'phase' | 'call';
  /** Without variable parts. */
  readonly name: string;
  readonly durationMs: number;
  readonly failed: boolean;
}

export type PhaseObserver = (phase: ObservedPhase) => void;

const observers = new Set<PhaseObserver>();

/** Calls `observer`, which must not throw, at the end of each phase, until disposed. */
export function observePhases(observer: PhaseObserver): Disposable {
  observers.add(observer);
  return { [Symbol.dispose]: () => void observers.delete(observer) };
}

/** Runs `work`, and tells the observers. It costs nothing while there are none. */
export async function observed<T>(kind: ObservedPhase['kind'], name: string, work: () => Promise<T>): Promise<T> {
  if (observers.size === 0) return await work();
  const began = performance.now();
  let failed = true;
  try {
    const result = await work();
    failed = false;
    return result;
  } finally {
    const phase = { kind, name, durationMs: performance.now() - began, failed };
    for (const observer of observers) observer(phase);
  }
}
