/** Files in a container's rootfs and in a volume: a build's, and one that is large; against the same on a 9p mount without runv. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon, runExec } from '@runv/testkit';
import { execa } from 'execa';
import { alternate } from './alternate.ts';
import { BareFiles } from './bareFiles.ts';
import { makeFileRootfs, msOf, SCRIPT } from './fileLoad.ts';
import { nextId, removeAll } from './firstByte.ts';
import type { Setting } from './group.ts';
import { machineOf } from './machines.ts';
import { type Metric, metric } from './metric.ts';

const POD = 'files';

export async function files({ bundles, short }: Setting): Promise<Metric[]> {
  const [rootfs, volume] = [join(bundles.dir, 'files-rootfs'), join(bundles.dir, 'files-volume')];
  const sources = short ? { files: 20, compiled: 2 } : { files: 500, compiled: 25 };
  const mib = short ? 4 : 64;
  await makeFileRootfs(rootfs, join(bundles.dir, 'rootfs'), sources);
  await mkdir(volume);
  await using daemon = await Daemon.start();
  const mounts = [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/volume', type: 'bind', source: volume, options: ['rbind'] },
  ];
  const spec = { root: { path: rootfs }, mounts };
  const bundlePath = await bundles.bundle({ args: ['sleep', '100000'], spec });
  await daemon.client.createContainer({ id: POD, bundlePath });
  const copy = async (dir: string) => {
    await execa('cp', ['--archive', `${rootfs}/.`, dir]);
  };
  await using bare = await BareFiles.boot(await machineOf(daemon, POD), copy);
  const inContainer = async (load: string, dir: string) => {
    const args = ['sh', SCRIPT, load, dir, `${mib}`];
    const { stdout, stderr } = await runExec(daemon, POD, { pid: nextId(), args, env: ['PATH=/bin'], cwd: '/' });
    return msOf(stdout.toString() || stderr);
  };
  const onBare = async (load: string) => msOf(await bare.run(SCRIPT, load, '/work', `${mib}`));
  const samples = await alternate(short ? 1 : 10, {
    buildInRootfs: () => inContainer('build', '/work'),
    buildInVolume: () => inContainer('build', '/volume'),
    bareBuild: () => onBare('build'),
    streamInRootfs: () => inContainer('stream', '/work'),
    streamInVolume: () => inContainer('stream', '/volume'),
    bareStream: () => onBare('stream'),
  });
  await removeAll(daemon);
  const row = (name: string, ours: readonly number[], bareSamples: readonly number[]) =>
    metric(name, 'ms', ours, {
      baseline: { name: 'the same on a bare 9p mount', samples: bareSamples },
      target: { of: 'ratio', atMost: 1.1 },
    });
  const [build, stream] = [
    `unpack ${sources.files} files, compile ${sources.compiled}, read, list and remove all`,
    `write ${mib} MiB, and read them`,
  ];
  return [
    row(`${build}: in the rootfs`, samples.buildInRootfs, samples.bareBuild),
    row(`${build}: in a volume`, samples.buildInVolume, samples.bareBuild),
    row(`${stream}: in the rootfs`, samples.streamInRootfs, samples.bareStream),
    row(`${stream}: in a volume`, samples.streamInVolume, samples.bareStream),
  ];
}
