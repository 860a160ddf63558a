/** The flags and the daemon that `run` and `create` share. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RunvClient } from '@runv/api';
import { type Bundle, readBundle, sharedPodId } from '@runv/oci';
import type { Command } from 'commander';
import { type DaemonHandle, ensureDaemon } from '../daemon/ensureDaemon.ts';
import { findContainer } from '../daemon/findContainer.ts';
import { openClient } from '../daemon/openClient.ts';
import type { Globals } from '../globals.ts';
import { collect } from '../parse.ts';

export interface NewContainerFlags {
  readonly bundle: string;
  readonly soloNamespaced?: boolean;
  readonly label?: string[];
  readonly pidFile?: string;
}

export function addNewContainerFlags(command: Command): Command {
  return command
    .option('-b, --bundle <dir>', 'the OCI bundle', '.')
    .option('--pid-file <file>', "write the pid of the container's VM there")
    .option('--label <name=value>', 'a label; may be given several times', collect)
    .option('--solo-namespaced', 'a daemon for this container alone, which ends with it');
}

/** Runs `work` with a client of the daemon for this bundle; a daemon that was started for nothing is ended. */
export async function withDaemon<T>(
  globals: Globals,
  flags: NewContainerFlags,
  work: (client: RunvClient, bundle: Bundle) => Promise<T>,
): Promise<T> {
  const bundle = await readBundle(resolve(flags.bundle));
  const daemon = await daemonFor(globals, bundle, flags.soloNamespaced ?? false);
  await using connection = openClient(daemon.socket);
  try {
    return await work(connection.client, bundle);
  } catch (error) {
    await daemon.abandon();
    throw error;
  }
}

/** A container that shares another one's VM has to be with the daemon that has the VM. */
async function daemonFor(globals: Globals, { spec }: Bundle, solo: boolean): Promise<DaemonHandle> {
  const sharing = sharedPodId(spec);
  const [first] = sharing.kind === 'shared' ? sharing.references : [];
  if (first?.kind !== 'id') return await ensureDaemon(globals, solo);
  const { runv } = await findContainer(globals.root, first.id);
  return { socket: runv.daemon.socket, abandon: async () => {} };
}

export async function writePidFile(file: string | undefined, pid: number): Promise<void> {
  if (file) await writeFile(file, `${pid}`);
}
