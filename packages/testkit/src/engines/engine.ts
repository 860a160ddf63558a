/** An engine with Docker's command line, and runv as its runtime. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Bundles } from '../bundle.ts';
import { driverUnderTest } from '../driverUnderTest.ts';
import { IMAGE, makeImage } from './image.ts';
import { type CommandResult, removeCgroups, Sandbox } from './sandbox.ts';

export interface Engine extends AsyncDisposable {
  readonly name: 'docker' | 'podman';
  readonly sandbox: Sandbox;
  /** The parent of the containers' control groups. */
  readonly cgroups: string;
  readonly address: readonly string[];
  /** The flags of `rm -f` for no grace period. */
  readonly atOnce: readonly string[];
  cli(...args: string[]): Promise<CommandResult>;
  /** Runs `run` with runv as the runtime, and the image after the flags. */
  run(flags: readonly string[], ...command: string[]): Promise<CommandResult>;
  /** Like `run`, with Debian's runc. */
  runc(flags: readonly string[], ...command: string[]): Promise<CommandResult>;
  /** Whether the engine knows that the container ran out of memory. */
  sawOom(name: string): Promise<boolean>;
}

/**
 * Sets up a sandbox as a user would.
 *
 * @param flags runv's flags; by default, VMs are clones of a template, where the driver has clones
 */
export async function prepare(
  name: string,
  flags?: readonly string[],
): Promise<{ sandbox: Sandbox; runtime: string; archive: string }> {
  const sandbox = await Sandbox.make(name);
  await using bundles = await Bundles.make();
  const archive = await makeImage(sandbox.dir, `${bundles.dir}/rootfs`);
  const { clone } = (await driverUnderTest()).info.capabilities;
  if (flags || !clone) return { sandbox, runtime: await sandbox.runtime(flags ?? []), archive };
  const runtime = await sandbox.runtime(['--template', sandbox.path('template')]);
  const made = await sandbox.run([runtime, 'manage', 'create-template']);
  if (made.exitCode !== 0) throw new Error(made.stderr);
  return { sandbox, runtime, archive };
}

/**
 * @param remapped the host id of root in the containers' user namespaces
 * @param settings more of dockerd's `daemon.json`
 */
export async function startDocker(
  flags?: readonly string[],
  { remapped, settings = {} }: { remapped?: number; settings?: Readonly<Record<string, unknown>> } = {},
): Promise<Engine> {
  const { sandbox, runtime, archive } = await prepare('docker', flags);
  const config = sandbox.path('daemon.json');
  await writeFile(
    config,
    JSON.stringify({ runtimes: { runv: { path: runtime } }, 'userns-remap': remapped && 'daemon', ...settings }),
  );
  if (remapped) await giveIds(sandbox, remapped);
  const socket = sandbox.path('docker.sock');
  const address = ['/usr/bin/docker', '-H', `unix://${socket}`];
  const cgroups = basename(sandbox.dir);
  // A remapped root cannot access the temporary directory.
  const [data, state] = remapped ? ['/run/data', '/run/x'] : [sandbox.path('data'), sandbox.path('x')];
  const dirs = ['--data-root', data, '--exec-root', state];
  const files = ['--config-file', config, '-H', `unix://${socket}`, '--pidfile', sandbox.path('docker.pid')];
  const storage = ['--storage-driver', 'vfs', '--cgroup-parent', `/${cgroups}`];
  await sandbox.start('dockerd', ['dockerd', ...dirs, ...files, ...storage], socket);
  const run = (name: string, flags: readonly string[], command: readonly string[]) =>
    sandbox.run([...address, 'run', '--runtime', name, ...flags, IMAGE, ...command]);
  const engine = {
    ...{ name: 'docker' as const, sandbox, cgroups, address, atOnce: [] },
    cli: (...args: string[]) => sandbox.run([...address, ...args]),
    run: (flags: readonly string[], ...command: string[]) => run('runv', flags, command),
    runc: (flags: readonly string[], ...command: string[]) => run('runc', flags, command),
    sawOom: async (name: string) =>
      (await sandbox.run([...address, 'inspect', '-f', '{{.State.OOMKilled}}', name])).stdout.trim() === 'true',
    [Symbol.asyncDispose]: async () => {
      await sandbox[Symbol.asyncDispose]();
      await removeCgroups(cgroups);
    },
  };
  await load(engine, archive);
  return engine;
}

/** Configures subordinate ids in this sandbox only, without changing the machine's files. */
async function giveIds(sandbox: Sandbox, first: number): Promise<void> {
  const file = sandbox.path('subids');
  await writeFile(file, `daemon:${first}:65536\n`);
  for (const name of ['/etc/subuid', '/etc/subgid']) await sandbox.run(['mount', '--bind', file, name]);
}

export async function startPodman(flags?: readonly string[]): Promise<Engine> {
  const { sandbox, runtime, archive } = await prepare('podman', flags);
  const cgroups = basename(sandbox.dir);
  const dirs = ['--root', sandbox.path('root'), '--runroot', sandbox.path('run'), '--tmpdir', sandbox.path('tmp')];
  const drivers = ['--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--events-backend', 'file'];
  const address = ['podman', ...dirs, ...drivers, '--network-config-dir', sandbox.path('networks')];
  const run = (path: string, flags: readonly string[], command: readonly string[]) =>
    sandbox.run([...address, '--runtime', path, 'run', '--cgroup-parent', cgroups, ...flags, IMAGE, ...command]);
  const engine = {
    ...{ name: 'podman' as const, sandbox, cgroups, address: [...address, '--runtime', runtime] },
    atOnce: ['-t', '0'],
    cli: (...args: string[]) => sandbox.run([...address, '--runtime', runtime, ...args]),
    run: (flags: readonly string[], ...command: string[]) => run(runtime, flags, command),
    runc: (flags: readonly string[], ...command: string[]) => run('/usr/bin/runc', flags, command),
    sawOom: async (name: string) => {
      if ((await engine.cli('inspect', '-f', '{{.State.OOMKilled}}', name)).stdout.trim() === 'true') return true;
      // With any runtime, Debian 12's conmon writes the file that reports it to its working directory instead of the bundle.
      const seen = existsSync('/oom');
      await rm('/oom', { force: true });
      return seen;
    },
    [Symbol.asyncDispose]: async () => {
      await sandbox[Symbol.asyncDispose]();
      await removeCgroups(cgroups);
    },
  };
  await load(engine, archive);
  return engine;
}

async function load(engine: Engine, archive: string): Promise<void> {
  const { exitCode, stderr } = await engine.cli('load', '-i', archive);
  if (exitCode !== 0) throw new Error(`${engine.name} load: ${stderr}`);
}
