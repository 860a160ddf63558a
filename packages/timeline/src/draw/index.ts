/** Phases as a timeline: put in order, drawn, or written down. Pure functions. */
export { arrange, type Recording } from './arrange.ts';
export type { Timeline, TimelinePhase } from './timeline.ts';
export { toJson } from './toJson.ts';
export { toSvg } from './toSvg.ts';
