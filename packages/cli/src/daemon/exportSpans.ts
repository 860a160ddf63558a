/** A daemon's phases as spans for a collector, where the environment names one. */
import { isExportConfigured } from '@runv/timeline';

/** Until disposed; what would export them is loaded only where it is wanted. */
export async function exportSpans(): Promise<AsyncDisposable> {
  if (!isExportConfigured(process.env)) return { [Symbol.asyncDispose]: async () => {} };
  const { recorder } = await import('@runv/timeline/record');
  return await recorder();
}
