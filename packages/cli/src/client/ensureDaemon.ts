/** Finds the daemon that a new container needs, or starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { CliError } from '../base/failure.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { daemonFlags, type Globals } from '../context/globals.ts';
import { sharedDaemonDir, sharedSocket, soloDirPrefix, soloSocket } from './paths.ts';

/** A shared daemon ends after this time without a container, in seconds. */
const IDLE_EXIT_S = 60;

const INHERITS = 'the daemon inherits the environment of the command that starts it';

export interface DaemonHandle {
  readonly socket: string;
  /** Ends the daemon, if it was started here and got no container. */
  abandon(): Promise<void>;
}

/** @param solo a daemon of its own, in a fresh directory, that ends with its last container */
export async function ensureDaemon(context: CommandContext, globals: Globals, solo: boolean): Promise<DaemonHandle> {
  if (globals.daemon) return { socket: globals.daemon, abandon: async () => {} };
  if (solo) {
    context.requireOwnProcess(INHERITS);
    await mkdir(dirname(globals.root), { recursive: true });
    const dir = await mkdtemp(soloDirPrefix(globals.root));
    const socket = soloSocket(dir);
    const child = await start(globals, dir, socket, ['--solo-namespaced']);
    return { socket, abandon: () => end(child) };
  }
  const socket = sharedSocket(globals.root);
  if (!(await answers(socket))) {
    context.requireOwnProcess(INHERITS);
    await startShared(globals, socket);
  }
  return { socket, abandon: async () => {} };
}

/** Two commands may start it at once: the second one then uses the daemon of the first. */
async function startShared(globals: Globals, socket: string): Promise<void> {
  const dir = sharedDaemonDir(globals.root);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  try {
    await start(globals, dir, socket, ['--idle-exit', `${IDLE_EXIT_S}`]);
  } catch (error) {
    if (!(await answers(socket))) throw error;
  }
}

export function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connectSocket(socket, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

async function start(globals: Globals, dir: string, socket: string, flags: string[]): Promise<ChildProcess> {
  const log = join(dir, 'daemon.log');
  const bin = fileURLToPath(new URL('../bin.js', import.meta.url));
  const args = [
    ...daemonFlags(globals),
    ...['containerd', '--containerd-dir', dir, '--state-dir', globals.root, '--listen', socket, '--ready-fd', '3'],
    ...flags,
  ];
  await using output = await openLog(log);
  const from = (await stat(log)).size;
  const child = spawn(process.execPath, [...process.execArgv, bin, ...args], {
    detached: true,
    stdio: ['ignore', output.fd, output.fd, 'pipe'],
    cwd: '/',
    env: withoutServiceManager(process.env),
  });
  if (await ready(child)) return child;
  const said = (await readFile(log)).subarray(from).toString().trim();
  if (flags.includes('--solo-namespaced')) await rm(dir, { recursive: true, force: true });
  throw new CliError(said.replace(/^runv: /, '') || `the daemon ended before it was ready, without a word in ${log}`);
}

/** The command's service manager, such as an engine's or a container's own, is not the daemon's. */
function withoutServiceManager(all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, ...env } = all;
  return env;
}

/** The daemon writes a byte to the pipe once its socket answers. End of file without a byte means that it failed. */
async function ready(child: ChildProcess): Promise<boolean> {
  const pipe = child.stdio[3] as Readable;
  child.once('error', () => pipe.destroy());
  let isReady = false;
  for await (const _ of pipe) {
    isReady = true;
    break;
  }
  child.unref();
  return isReady;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function openLog(path: string) {
  const handle = await open(path, 'a', 0o600);
  return { fd: handle.fd, [Symbol.asyncDispose]: () => handle.close() };
}
