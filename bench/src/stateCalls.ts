/** State() over gRPC: how many a second, for how many clients, and how long one takes while VMs start. */
import { connect } from '@runv/api';
import { Daemon } from '@runv/testkit';
import { alternate } from './alternate.ts';
import { BareServer } from './bareServer.ts';
import { inClientProcess } from './clientProcess.ts';
import type { Setting } from './group.ts';
import { type Metric, metric, timed } from './metric.ts';

const CLIENTS = [1, 8, 32];
/** Between two samples of the latency, in ms. */
const PAUSE_MS = 5;

export async function stateCalls({ bundles, short }: Setting): Promise<Metric[]> {
  await using daemon = await Daemon.start();
  await daemon.client.createContainer({ id: 'web', bundlePath: await bundles.bundle({ args: ['sleep', '100000'] }) });
  await using bare = await BareServer.start({ state: await daemon.client.state({}), events: 0 });
  const metrics: Metric[] = [];
  for (const clients of CLIENTS) metrics.push(await rate(daemon.socket, bare.socket, clients, short ? 1 : 10));
  await daemon.client.delete({ id: 'web', force: true });
  return metrics;
}

async function rate(socket: string, bare: string, clients: number, runs: number): Promise<Metric> {
  const { ours, baseline } = await alternate(runs, {
    ours: () => inClientProcess('stateRate', socket, clients),
    baseline: () => inClientProcess('stateRate', bare, clients),
  });
  return metric(`State(), ${clients} ${clients === 1 ? 'client' : 'clients'}`, '/s', ours, {
    baseline: { name: 'bare grpc-js, the same answer', samples: baseline },
    target: { of: 'ratio', atLeast: 0.9 },
  });
}

/**
 * For somebody who starts VMs meanwhile.
 *
 * @returns ms of one State() after another until the signal aborts
 */
export async function stateLatency(socket: string, signal: AbortSignal): Promise<number[]> {
  const client = connect(socket);
  const samples: number[] = [];
  while (!signal.aborted) {
    samples.push(await timed(() => client.state({})));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  client.close();
  return samples;
}
