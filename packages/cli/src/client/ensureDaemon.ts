/** Finds the daemon that a new container needs, or starts it. */
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CommandContext } from '../context/commandContext.ts';
import { daemonFlags, type Globals } from '../context/globals.ts';
import { holdSignals } from './holdSignals.ts';
import { sharedDaemonDir, sharedSocket, soloDirPrefix, soloSocket } from './paths.ts';
import { answers, INHERITS, type OnNotice, READY_FD, startDaemon, startSharedDaemon } from './startDaemon.ts';

/** A shared daemon ends after this time without a container, in seconds. */
const IDLE_EXIT_S = 60;

export interface DaemonHandle {
  readonly socket: string;
  /** Starts the daemon again, where it has ended before it did anything. @returns whether there is one now that may be asked */
  again(): Promise<boolean>;
  /** Ends the daemon, if it was started here and got no container. */
  abandon(): Promise<void>;
}

/** @param solo a daemon of its own, in a fresh directory, that ends with its last container */
export async function ensureDaemon(context: CommandContext, globals: Globals, solo: boolean): Promise<DaemonHandle> {
  if (globals.daemon) return { socket: globals.daemon, again: async () => false, abandon: async () => {} };
  const onNotice = (line: string) => void context.stderr.write(`runv: ${line}\n`);
  if (solo) {
    context.requireOwnProcess(INHERITS);
    return await startSolo(globals, onNotice);
  }
  const socket = sharedSocket(globals.root);
  const again = async () => {
    if (!(await answers(socket))) {
      context.requireOwnProcess(INHERITS);
      await startShared(globals, socket, onNotice);
    }
    return true;
  };
  await again();
  return { socket, again, abandon: async () => {} };
}

async function startShared(globals: Globals, socket: string, onNotice: OnNotice): Promise<void> {
  const dir = sharedDaemonDir(globals.root);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await startSharedDaemon(dir, socket, argsOf(globals, dir, socket, ['--idle-exit', `${IDLE_EXIT_S}`]), onNotice);
}

/** Its directory is this command's to remove until it has started, and its own from then on. */
async function startSolo(globals: Globals, onNotice: OnNotice): Promise<DaemonHandle> {
  await mkdir(dirname(globals.root), { recursive: true });
  using _ = holdSignals();
  const dir = await mkdtemp(soloDirPrefix(globals.root));
  const socket = soloSocket(dir);
  try {
    const child = await startDaemon(
      dir,
      argsOf(globals, dir, socket, ['--solo-namespaced', '--starter-fd', `${READY_FD}`]),
      { onNotice },
    );
    return { socket, again: async () => false, abandon: () => end(child) };
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

function argsOf(globals: Globals, dir: string, socket: string, flags: readonly string[]): string[] {
  return [
    ...daemonFlags(globals),
    ...['containerd', '--containerd-dir', dir, '--state-dir', globals.root, '--listen', socket],
    ...flags,
  ];
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
