/** Debian's containerd with its `ctr`, and runv as the binary of its runc runtime. */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { prepare } from './engine.ts';
import { IMAGE } from './image.ts';
import { type CommandResult, removeCgroups, type Sandbox } from './sandbox.ts';

export interface Containerd extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly cgroups: string;
  /** `ctr` with the flags before its command. */
  readonly address: readonly string[];
  ctr(...args: string[]): Promise<CommandResult>;
  /** Runs `ctr run` with runv as the binary, and the image after the flags. */
  run(flags: readonly string[], id: string, ...command: string[]): Promise<CommandResult>;
  /** The flags of `ctr run`. */
  readonly flags: readonly string[];
}

/** Snapshotters that are not used and that need other tools. */
const DISABLED = ['aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => `io.containerd.snapshotter.v1.${name}`);

export async function startContainerd(): Promise<Containerd> {
  const { sandbox, runtime, archive } = await prepare('containerd');
  const socket = sandbox.path('containerd.sock');
  const config = sandbox.path('config.toml');
  const lines = [
    'version = 2',
    `root = "${sandbox.path('root')}"`,
    `state = "${sandbox.path('state')}"`,
    `disabled_plugins = ${JSON.stringify(['io.containerd.grpc.v1.cri', ...DISABLED])}`,
    '[grpc]',
    `address = "${socket}"`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  await sandbox.start('containerd', ['containerd', '--config', config], socket);
  const address = ['ctr', '--address', socket];
  const cgroups = basename(sandbox.dir);
  const flags = ['--snapshotter', 'native', '--runc-binary', runtime];
  const imported = await sandbox.run([...address, 'image', 'import', '--snapshotter', 'native', archive]);
  if (imported.exitCode !== 0) throw new Error(`ctr image import: ${imported.stderr}`);
  return {
    ...{ sandbox, cgroups, address, flags },
    ctr: (...args) => sandbox.run([...address, ...args]),
    run: (more, id, ...command) =>
      sandbox.run([...address, 'run', ...flags, '--cgroup', `/${cgroups}/${id}`, ...more, IMAGE, id, ...command]),
    [Symbol.asyncDispose]: async () => {
      await sandbox[Symbol.asyncDispose]();
      await removeCgroups(cgroups);
    },
  };
}
