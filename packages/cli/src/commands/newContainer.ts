/** What `run` and `create` share: flags, the daemon, and the shim. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pid as ownPid } from 'node:process';
import type { CallOptions, RunvClient } from '@runv/api';
import { type Bundle, readBundle, sharedPodId } from '@runv/oci';
import type { ShimStdio } from '@runv/shim';
import { type Command, Option } from 'commander';
import { CliError } from '../base/failure.ts';
import { collect, parseNumber } from '../base/parse.ts';
import { type DaemonHandle, ensureDaemon } from '../client/ensureDaemon.ts';
import { findContainer } from '../client/findContainer.ts';
import { reviveDaemon } from '../client/startDaemon.ts';
import { untilTaken } from '../client/untilTaken.ts';
import type { CommandContext } from '../context/commandContext.ts';
import type { Globals } from '../context/globals.ts';
import { STARTING, withProgress } from '../context/progress.ts';
import { networkOf } from '../shim/networkOf.ts';
import { type ProcessShim, startProcessShim } from '../shim/processShim.ts';
import { rootOf } from '../shim/rootOf.ts';
import { NO_TIMELINE, type StartTimeline } from '../timeline/startTimeline.ts';

export interface NewContainerFlags {
  readonly bundle: string;
  readonly soloNamespaced?: boolean;
  readonly label?: string[];
  readonly pidFile?: string;
  readonly consoleSocket?: string;
  readonly preserveFds?: number;
}

export function addNewContainerFlags(command: Command): Command {
  return command
    .option('-b, --bundle <dir>', 'the OCI bundle', '.')
    .option('--pid-file <file>', 'write the pid of the shim to this file')
    .option('--console-socket <socket>', 'send the master of the terminal there; for engines')
    .option('--label <name=value>', 'a label; may be given several times', collect)
    .option('--solo-namespaced', 'a daemon for this container alone, which ends with it')
    .addOption(new Option('--preserve-fds <n>').argParser(parseNumber(0, 1024)).hideHelp())
    .addOption(new Option('--no-pivot').hideHelp())
    .addOption(new Option('--no-new-keyring').hideHelp());
}

export interface Daemon {
  /** Another one after `again`. */
  readonly client: RunvClient;
  /** As `DaemonHandle.again`, with a new client. */
  again(): Promise<boolean>;
  readonly socket: string;
  readonly bundle: Bundle;
}

/** Runs `work` with a client of the daemon for this bundle. A daemon that was started in vain is ended. */
export async function withDaemon<T>(
  context: CommandContext,
  globals: Globals,
  flags: NewContainerFlags,
  work: (daemon: Daemon) => Promise<T>,
  { phase }: Pick<StartTimeline, 'phase'> = NO_TIMELINE,
): Promise<T> {
  const bundle = await phase('read the bundle', () => readBundle(resolve(context.cwd, flags.bundle)));
  const solo = flags.soloNamespaced ?? false;
  const daemon = await phase('find or start the daemon', () => daemonFor(context, globals, bundle, solo));
  const { socket } = daemon;
  let connection = await phase('load the client', () => context.openClient(socket));
  try {
    return await work({
      ...{ socket, bundle },
      get client() {
        return connection.client;
      },
      async again() {
        if (!(await daemon.again())) return false;
        await connection[Symbol.asyncDispose]();
        connection = await context.openClient(socket);
        return true;
      },
    });
  } catch (error) {
    await daemon.abandon();
    throw error;
  } finally {
    await connection[Symbol.asyncDispose]();
  }
}

/** A container that joins the VM of another one needs the daemon that has that VM. */
async function daemonFor(
  context: CommandContext,
  globals: Globals,
  { spec }: Bundle,
  solo: boolean,
): Promise<DaemonHandle> {
  const sharing = sharedPodId(spec);
  const [first] = sharing.kind === 'shared' ? sharing.references : [];
  if (first?.kind !== 'id') return await ensureDaemon(context, globals, solo);
  const record = await findContainer(globals.root, first.id);
  const again = () => reviveDaemon(context, record);
  await again();
  return { socket: record.runv.daemon.socket, again, abandon: async () => {} };
}

export interface NewContainer {
  readonly id: string;
  readonly flags: NewContainerFlags;
  readonly globals: Globals;
  /** The record is removed when the container ends. */
  readonly discard: boolean;
  /** The command does not wait for the container's end. */
  readonly detached: boolean;
  /** The stdio of the first process; the command's own unless given. */
  readonly stdio?: ShimStdio | undefined;
  readonly timeline?: StartTimeline;
}

/**
 * Starts the shim, creates the container, and writes the pid file.
 *
 * @throws CliError | the daemon's error; nothing of the container is then left
 */
export async function newContainer(
  context: CommandContext,
  daemon: Daemon,
  request: NewContainer,
): Promise<ProcessShim> {
  const { id, flags, globals, discard, detached, stdio, timeline = NO_TIMELINE } = request;
  const { socket, bundle } = daemon;
  refuseDescriptors(flags.preserveFds);
  const process = bundle.spec.process;
  const shim = await timeline.phase('start the shim', () =>
    startProcessShim(context, {
      ...{ socket, container: id, process: 'init', args: process.args, terminal: process.terminal ?? false },
      ...{ netns: networkOf(bundle.spec), root: rootOf(bundle), detached, stdio },
      consoleSocket: flags.consoleSocket && resolve(context.cwd, flags.consoleSocket),
    }),
  );
  const message = {
    ...{ id, bundle: bundle.path, labels: flags.label ?? [], shim: shim.key },
    ...{ root: globals.root, discard, systemd_cgroup: globals.systemdCgroup, mounts_of: ownPid },
  };
  context.disconnected.addEventListener('abort', shim.abandon, { once: true });
  try {
    const creating = untilTaken(
      context,
      () => daemon.again(),
      () => timeline.request('Create', (options: CallOptions) => daemon.client.create(message, options)),
    );
    const { pid } = await withProgress(context, STARTING, creating);
    if (context.disconnected.aborted) await takeBack(daemon.client, id);
    if (flags.pidFile) await writeFile(resolve(context.cwd, flags.pidFile), `${pid}`);
    return shim;
  } catch (error) {
    shim.abandon();
    throw error;
  } finally {
    context.disconnected.removeEventListener('abort', shim.abandon);
  }
}

/** Deletes a container whose creation nobody was told of. */
async function takeBack(client: RunvClient, id: string): Promise<never> {
  await client.delete({ id, force: true });
  throw new CliError(`the create of ${id} was given up while it went on`);
}

export function refuseDescriptors(count: number | undefined): void {
  if (count)
    throw new CliError(
      `--preserve-fds ${count}: a program in a VM cannot have descriptors of the host's; leave it out`,
    );
}
