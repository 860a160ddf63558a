/** An engine that takes Docker's command line, with runv as its runtime. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Bundles } from '../bundle.ts';
import { IMAGE, makeImage } from './image.ts';
import { removeCgroups, type Said, Sandbox } from './sandbox.ts';

export interface Engine extends AsyncDisposable {
  readonly name: 'docker' | 'podman';
  readonly sandbox: Sandbox;
  /** Where the containers' control groups are. */
  readonly cgroups: string;
  readonly address: readonly string[];
  /** Of `rm -f`: without a time to stop in. */
  readonly atOnce: readonly string[];
  cli(...args: string[]): Promise<Said>;
  /** `run` with our runtime, and the image after the flags. */
  run(flags: readonly string[], ...command: string[]): Promise<Said>;
  /** The same with Debian's runc. */
  runc(flags: readonly string[], ...command: string[]): Promise<Said>;
  /** Whether the engine was told that the container ran out of memory. */
  sawOom(name: string): Promise<boolean>;
}

/**
 * As a user would set it up.
 *
 * @param flags of runv; unless given VMs are clones of a template
 */
export async function prepare(
  name: string,
  flags?: readonly string[],
): Promise<{ sandbox: Sandbox; runtime: string; archive: string }> {
  const sandbox = await Sandbox.make(name);
  await using bundles = await Bundles.make();
  const archive = await makeImage(sandbox.dir, `${bundles.dir}/rootfs`);
  if (flags) return { sandbox, runtime: await sandbox.runtime(flags), archive };
  const runtime = await sandbox.runtime(['--template', sandbox.path('template')]);
  const made = await sandbox.run([runtime, 'manage', 'create-template']);
  if (made.exitCode !== 0) throw new Error(made.stderr);
  return { sandbox, runtime, archive };
}

/** @param remapped its containers have user namespaces in which root is this id of the host */
export async function startDocker(
  flags?: readonly string[],
  { remapped }: { remapped?: number } = {},
): Promise<Engine> {
  const { sandbox, runtime, archive } = await prepare('docker', flags);
  const config = sandbox.path('daemon.json');
  await writeFile(
    config,
    JSON.stringify({ runtimes: { runv: { path: runtime } }, 'userns-remap': remapped && 'daemon' }),
  );
  if (remapped) await giveIds(sandbox, remapped);
  const socket = sandbox.path('docker.sock');
  const address = ['/usr/bin/docker', '-H', `unix://${socket}`];
  const cgroups = basename(sandbox.dir);
  // Of what is below a directory for temporary files a remapped root sees nothing.
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

/** For this sandbox alone, of which the machine's own files know nothing. */
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
    // With any runtime: Debian's conmon leaves the file by which podman learns it in its working directory, and podman looks in the bundle's.
    sawOom: async () => {
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
