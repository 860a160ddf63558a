/** Exports the daemon's phases as spans to the collector that the environment names. */
import { isExportConfigured } from '@runv/timeline';

/** Exports until disposed. The exporter is loaded only where a collector is configured. */
export async function exportSpans(): Promise<AsyncDisposable> {
  if (!isExportConfigured(process.env)) return { [Symbol.asyncDispose]: async () => {} };
  const { recorder } = await import('@runv/timeline/record');
  return await recorder();
}
