/** Phases of a piece of work, as spans of OpenTelemetry's API: near to free where nothing records them. */
export { isExportConfigured } from './isExportConfigured.ts';
export { apart, phase, serve, traceparent } from './phase.ts';
export type { PhaseAttributes, RecordedPhase } from './recordedPhase.ts';
