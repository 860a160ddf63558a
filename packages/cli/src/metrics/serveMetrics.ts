/** Serves `/metrics` and `/healthz` by HTTP, to whoever can reach the address. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { listenOn } from '@runv/server';
import { CliError } from '../base/failure.ts';
import { METRICS_CONNECTIONS } from '../base/limits.ts';
import type { MetricsAddress } from './address.ts';
import { type Measured, openMetrics } from './metrics.ts';

export interface ServeOptions extends Measured {
  /** Resolves when the daemon has been seen to work; rejects otherwise, or when the signal is aborted. */
  readonly prove: (signal: AbortSignal) => Promise<unknown>;
}

/** How long `/healthz` waits for the daemon, in ms. */
const HEALTH_MS = 5000;

/** Serves until disposed. @throws CliError when the address cannot be listened on; AddressError for a socket */
export async function serveMetrics(address: MetricsAddress, options: ServeOptions): Promise<AsyncDisposable> {
  const metrics = openMetrics(options);
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?');
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'only GET is known here\n');
    else if (path === '/metrics')
      metrics.text().then(
        (text) => answer(response, 200, text, metrics.contentType),
        (error: Error) => answer(response, 500, `${error.message}\n`),
      );
    else if (path === '/healthz')
      options.prove(AbortSignal.timeout(HEALTH_MS)).then(
        () => answer(response, 200, 'ok\n'),
        () => answer(response, 503, 'the daemon does not answer on its own socket\n'),
      );
    else answer(response, 404, 'there are /metrics and /healthz\n');
  });
  server.maxConnections = METRICS_CONNECTIONS;
  try {
    if ('path' in address) await listenOn(address.path, '--metrics', () => listen(server, address));
    else await listen(server, address).catch(refused(address));
  } catch (error) {
    metrics[Symbol.dispose]();
    throw error;
  }
  return {
    [Symbol.asyncDispose]: async () => {
      metrics[Symbol.dispose]();
      // Node removes a socket's file with it.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, address: MetricsAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function refused({ host, port }: { readonly host: string; readonly port: number }) {
  return (cause: Error): never => {
    throw new CliError(`--metrics ${host}:${port} cannot be listened on: ${cause.message}`, { cause });
  };
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
