/** A container from the call to the first byte of its output, as its client sees it, and its end. */
import { type Daemon, Fifos } from '@runv/testkit';
import { timed } from './metric.ts';
import { within } from './timeLimit.ts';

/** The arguments of a container that says something at once and then stays. */
export const SAYS_AND_SLEEPS = ['sh', '-c', 'echo x; exec sleep 100000'];

let count = 0;

/** A name that no container of this run has had. */
export function nextId(): string {
  count += 1;
  return `bench-${count}`;
}

/** @returns ms from the call to its first byte */
export async function firstByte(daemon: Daemon, id: string, bundlePath: string): Promise<number> {
  await using fifos = await Fifos.make();
  const stdout = await fifos.reader('stdout');
  try {
    const first = new Promise((resolve) => stdout.once('data', resolve));
    const created = async () => {
      await Promise.all([daemon.client.createContainer({ id, bundlePath, stdout: fifos.path('stdout') }), first]);
    };
    return await timed(() => within('the first byte', created()));
  } finally {
    stdout.destroy();
  }
}

/** Removes all of its containers. */
export async function removeAll(daemon: Daemon): Promise<void> {
  const { containers } = await daemon.client.state({});
  await Promise.all(containers.map(({ id }) => daemon.client.delete({ id, force: true })));
}
