/** Writes a timeline as JSON; packages/timeline/README.md describes the format. */
import type { Timeline } from './timeline.ts';

export function toJson({ title, began, ending, wholeMs, phases }: Timeline): string {
  const document = {
    timeline: 1,
    title,
    began: began.toISOString(),
    ending,
    wholeMs: rounded(wholeMs),
    phases: phases.map(({ name, startMs, durationMs, depth, parent, attributes, error }) => ({
      name,
      startMs: rounded(startMs),
      durationMs: rounded(durationMs),
      depth,
      parent: parent ?? null,
      attributes,
      ...(error === undefined ? {} : { error }),
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Rounds to a microsecond: the rest is noise. */
function rounded(ms: number): number {
  return Math.round(ms * 1e3) / 1e3;
}
