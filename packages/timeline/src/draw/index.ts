/** Arranges phases as a timeline, and writes it as SVG or JSON. Pure functions. */
export { arrange, type Recording } from './arrange.ts';
export type { Timeline, TimelinePhase } from './timeline.ts';
export { toJson } from './toJson.ts';
export { toSvg } from './toSvg.ts';
