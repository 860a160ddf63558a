/** Debian's containerd with its CRI plugin and CNI, as a kubelet has it, and a runtime handler `runv`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { status as ServerStatus, type ServiceError } from '@grpc/grpc-js';
import { Bundles } from '../bundle.ts';
import { until } from '../run.ts';
import { type CriClient, connectCri } from './criClient.ts';
import { cniConfig, containerdConfig, PAUSE } from './criConfig.ts';
import { prepare } from './engine.ts';
import { makeImage } from './image.ts';
import { removeCgroups, type Sandbox } from './sandbox.ts';

export interface Cri extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly cgroups: string;
  readonly client: CriClient;
  /** Kills containerd, but not its shims, and starts it again. */
  restart(): Promise<void>;
}

export async function startCri(): Promise<Cri> {
  const { sandbox, runtime, archive } = await prepare('kubernetes', []);
  await using bundles = await Bundles.make();
  const pause = await makeImage(sandbox.dir, `${bundles.dir}/rootfs`, PAUSE, ['sleep', 'infinity']);
  const socket = sandbox.path('containerd.sock');
  const config = sandbox.path('config.toml');
  await writeFile(config, containerdConfig(sandbox, socket, runtime));
  await mkdir(sandbox.path('cni'));
  await writeFile(sandbox.path('cni', '10-test.conflist'), JSON.stringify(cniConfig(sandbox)));
  // libcni caches its results below it.
  await sandbox.run(['mount', '-t', 'tmpfs', 'tmpfs', '/var/lib']);
  const client = connectCri(socket);
  const start = async () => {
    await sandbox.start('containerd', ['containerd', '--config', config, '--log-level', 'debug'], socket);
    await until(() => isReady(client));
  };
  await start().catch(async (error: unknown) => {
    client.close();
    await sandbox[Symbol.asyncDispose]();
    throw error;
  });
  const cgroups = basename(sandbox.dir);
  for (const image of [archive, pause]) {
    const line = ['ctr', '--address', socket, '--namespace', 'k8s.io', 'image', 'import', '--snapshotter', 'native'];
    const { exitCode, stderr } = await sandbox.run([...line, image]);
    if (exitCode !== 0) throw new Error(`ctr image import: ${stderr}`);
  }
  return {
    ...{ sandbox, cgroups, client },
    restart: async () => {
      await sandbox.run(['kill', '-KILL', ...(await sandbox.pidsOf('containerd'))]);
      await until(async () => (await sandbox.pidsOf('containerd')).length === 0);
      await start();
    },
    [Symbol.asyncDispose]: async () => {
      client.close();
      await sandbox[Symbol.asyncDispose]();
      await removeCgroups(cgroups);
    },
  };
}

/** @throws Error where containerd answers, but without CRI: its configuration is wrong */
async function isReady(client: CriClient): Promise<boolean> {
  try {
    const { status } = await client.status({});
    return status?.conditions.every((condition) => condition.status) ?? false;
  } catch (error) {
    const { code, details } = error as ServiceError;
    // A containerd that comes back answers before it knows again what there is.
    if (code === ServerStatus.UNAVAILABLE || details === 'server is not initialized yet') return false;
    throw error;
  }
}
