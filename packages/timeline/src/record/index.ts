/** Records phases with OpenTelemetry's SDK. Load it only if phases are wanted. */
export { monotonicMs } from '../clock.ts';
export { type OnPhase, type Recorder, recorder, type Trace } from './recorder.ts';
