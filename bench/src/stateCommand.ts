/** `runv state ID`, the whole process, against a Node that does nothing. */
import { BIN, Daemon } from '@runv/testkit';
import { execa } from 'execa';
import { alternate } from './alternate.ts';
import type { Setting } from './group.ts';
import { type Metric, metric, timed } from './metric.ts';

export async function stateCommand({ bundles, short }: Setting): Promise<Metric[]> {
  await using daemon = await Daemon.start();
  await daemon.client.createContainer({ id: 'web', bundlePath: await bundles.bundle({ args: ['sleep', '100000'] }) });
  const { ours, node } = await alternate(short ? 2 : 20, {
    ours: () => timed(() => execa(process.execPath, [BIN, '--root', daemon.stateDir, 'state', 'web'])),
    node: () => timed(() => execa(process.execPath, ['-e', '0'])),
  });
  await daemon.client.delete({ id: 'web', force: true });
  return [
    metric('runv state ID, whole process', 'ms', ours, {
      baseline: { name: 'node -e 0', samples: node },
      target: { of: 'ratio', atMost: 1.6 },
    }),
  ];
}
