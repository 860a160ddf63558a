/** Builds a timeline from the phases that several processes recorded. */
import type { RecordedPhase } from '../recordedPhase.ts';
import type { Timeline, TimelinePhase } from './timeline.ts';

export interface Recording extends Pick<Timeline, 'title' | 'began' | 'ending'> {
  /** When the request was made and when everything ended, in ms on CLOCK_MONOTONIC. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The phases of all processes, in any order. Top-level phases have a parent that is not among them. */
  readonly phases: readonly RecordedPhase[];
}

/**
 * A call to another process appears as consecutive phases instead: the way there, what was done
 * there, and the way back. At the top level, a phase that runs during a longer one is shown below it. Where two others
 * overlap, the time counts for the later one. So top-level phases are consecutive, and their times add up.
 */
export function arrange({ title, began, ending, fromMs, toMs, phases }: Recording): Timeline {
  const tree = new Tree(phases);
  const arranged: TimelinePhase[] = [];
  for (const { head, beside } of toRows(tree.top.flatMap((part) => unfold(part, tree)))) {
    const index = put(head, 0, undefined);
    add([...tree.partsOf(head), ...beside], 1, index);
  }
  return { title, began, ending, wholeMs: Math.max(0, toMs - fromMs), phases: arranged };

  function add(parts: readonly RecordedPhase[], depth: number, parent: number | undefined): void {
    for (const phase of parts.flatMap((part) => unfold(part, tree)).sort(byStart)) {
      const index = put(phase, depth, parent);
      add(tree.partsOf(phase), depth + 1, index);
    }
  }

  function put(
    { name, attributes, error, ...phase }: RecordedPhase,
    depth: number,
    parent: number | undefined,
  ): number {
    const start = Math.min(phase.startMs, toMs);
    const durationMs = Math.max(0, Math.min(endOf(phase), toMs) - start);
    arranged.push({ name, startMs: start - fromMs, durationMs, depth, parent, attributes, error });
    return arranged.length - 1;
  }
}

class Tree {
  readonly top: readonly RecordedPhase[];
  readonly #parts = new Map<string, RecordedPhase[]>();

  constructor(phases: readonly RecordedPhase[]) {
    const ids = new Set(phases.map(({ id }) => id));
    for (const phase of phases) {
      const siblings = this.#parts.get(phase.parentId) ?? [];
      siblings.push(phase);
      this.#parts.set(phase.parentId, siblings);
    }
    this.top = phases.filter(({ parentId }) => !ids.has(parentId));
  }

  partsOf({ id }: RecordedPhase): readonly RecordedPhase[] {
    // Synthetic phases have no id and no parts.
    return id === '' ? [] : (this.#parts.get(id) ?? []);
  }
}

/** A call without an answer is kept as it is. */
function unfold(call: RecordedPhase, tree: Tree): readonly RecordedPhase[] {
  const served = tree.partsOf(call).find(({ isServed }) => isServed);
  if (!served) return [call];
  return [
    synthetic('the request reaches the daemon', call.startMs, served.startMs),
    ...tree.partsOf(served),
    synthetic('the answer reaches the client', endOf(served), endOf(call)),
  ];
}

function synthetic(name: string, startMs: number, endMs: number): RecordedPhase {
  const blank = { id: '', parentId: '', isServed: false, name, startMs, durationMs: 0, attributes: {} };
  return from(blank, startMs, endMs);
}

interface Row {
  readonly head: RecordedPhase;
  /** Shorter phases that share more than half of their time with it. */
  readonly beside: readonly RecordedPhase[];
}

function toRows(phases: readonly RecordedPhase[]): Row[] {
  const rows: { head: RecordedPhase; beside: RecordedPhase[] }[] = [];
  for (const phase of [...phases].sort((a, b) => b.durationMs - a.durationMs)) {
    const row = rows.find(({ head }) => overlapMs(head, phase) > phase.durationMs / 2);
    if (!row) rows.push({ head: phase, beside: [] });
    else {
      row.beside.push(phase);
      row.head = from(row.head, Math.min(row.head.startMs, phase.startMs), Math.max(endOf(row.head), endOf(phase)));
    }
  }
  rows.sort((a, b) => byStart(a.head, b.head));
  return rows.map(({ head, beside }, index) => {
    const next = rows[index + 1]?.head.startMs ?? Number.POSITIVE_INFINITY;
    return { head: from(head, head.startMs, Math.min(endOf(head), next)), beside };
  });
}

function from(phase: RecordedPhase, startMs: number, endMs: number): RecordedPhase {
  return { ...phase, startMs, durationMs: Math.max(0, endMs - startMs) };
}

function overlapMs(a: RecordedPhase, b: RecordedPhase): number {
  return Math.min(endOf(a), endOf(b)) - Math.max(a.startMs, b.startMs);
}

function endOf({ startMs, durationMs }: Pick<RecordedPhase, 'startMs' | 'durationMs'>): number {
  return startMs + durationMs;
}

function byStart(a: RecordedPhase, b: RecordedPhase): number {
  return a.startMs - b.startMs || b.durationMs - a.durationMs;
}
