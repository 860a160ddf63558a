/** Serves the daemon's metrics where `--metrics` wants them. */
import type { MetricsAddress } from '../metrics/address.ts';
import type { Measured } from '../metrics/metrics.ts';
import { answersItself } from './answersItself.ts';

/** Their code is loaded only where they are wanted: a daemon's start is part of a container's. */
export async function openMetrics(
  address: MetricsAddress | undefined,
  { socket, ...measured }: Measured & { readonly socket: string },
): Promise<AsyncDisposable> {
  if (!address) return { [Symbol.asyncDispose]: async () => {} };
  const { serveMetrics } = await import('../metrics/serveMetrics.ts');
  return await serveMetrics(address, { ...measured, prove: (signal) => answersItself(socket, signal) });
}
