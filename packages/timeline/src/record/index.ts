/** What records phases: OpenTelemetry's SDK. To be loaded only where somebody wants them. */
export { monotonicMs } from '../clock.ts';
export { type OnPhase, type Recorder, recorder, type Trace } from './recorder.ts';
