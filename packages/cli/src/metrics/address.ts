/** `--metrics`: where metrics are served. */
import { InvalidArgumentError } from 'commander';

/** As `net.Server.listen` takes it. */
export type MetricsAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** `127.0.0.1:9477`, `[::1]:9477`, `localhost:9477`, `/run/runv/metrics.sock` */
export function parseMetricsAddress(text: string): MetricsAddress {
  if (text.startsWith('/')) return { path: text };
  const [, host6, host = host6, digits] = /^(?:\[([\da-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  // A port without an address would be one for everybody, which nobody should get by leaving something out.
  if (!host || !(port >= 1 && port <= 65_535))
    throw new InvalidArgumentError(
      'It is <address>:<port>, such as 127.0.0.1:9477 or [::1]:9477, or the path of a unix socket.',
    );
  return { host, port };
}
