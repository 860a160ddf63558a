/** Phases of work, as spans of OpenTelemetry's API; almost free if nothing records them. */
export { isExportConfigured } from './isExportConfigured.ts';
export { type ObservedPhase, observePhases } from './observe.ts';
export { apart, phase, serve, traceparent } from './phase.ts';
export type { PhaseAttributes, RecordedPhase } from './recordedPhase.ts';
