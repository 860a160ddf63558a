/** Starts a daemon for commands, and starts it again where it was killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContainerRecord } from '@runv/supervisor';
import * as z from 'zod/mini';
import { CliError } from '../base/failure.ts';
import { noticesIn } from '../base/notices.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { DAEMON_CWD, startFileOf } from './paths.ts';
import { lockStart } from './startLock.ts';

const Start = z.object({ args: z.array(z.string()) });

/** The daemon's end of a socket to the command that starts it. */
export const READY_FD = 3;

export const INHERITS = 'the daemon inherits the environment of the command that starts it';

/** Starts the daemon of a directory that others know, unless another command has just done so. @throws CliError as `startDaemon` */
export async function startSharedDaemon(
  dir: string,
  socket: string,
  args: readonly string[],
  onNotice?: OnNotice,
): Promise<void> {
  await using lock = await lockStart(dir);
  if (!(await answers(socket))) await startDaemon(dir, args, { lock: lock.fd, onNotice });
}

/**
 * Node's flag for a daemon, which streams pass through (the launcher has it too): in a young generation that grows, the memory of their buffers
 * counts for nothing until all of the heap is marked for it.
 */
const YOUNG = '--max-semi-space-size=1';

/** Gets a line for the person who starts the daemon. */
export type OnNotice = (line: string) => void;

interface StartOptions {
  /** A descriptor that the daemon holds until it answers, even if this command is killed before. */
  readonly lock?: number | undefined;
  readonly onNotice?: OnNotice | undefined;
}

/** @throws CliError with the daemon's own words when it cannot be started */
export async function startDaemon(
  dir: string,
  args: readonly string[],
  { lock, onNotice }: StartOptions = {},
): Promise<ChildProcess> {
  await writeFile(`${startFileOf(dir)}.new`, JSON.stringify({ args }), { mode: 0o600 });
  await rename(`${startFileOf(dir)}.new`, startFileOf(dir));
  const log = join(dir, 'daemon.log');
  const bin = fileURLToPath(new URL('../bin.js', import.meta.url));
  await using output = await openLog(log);
  const from = (await stat(log)).size;
  const passed = ['--ready-fd', `${READY_FD}`, ...(lock === undefined ? [] : ['--start-lock-fd', '4'])];
  const child = spawn(process.execPath, [...process.execArgv, YOUNG, bin, ...args, ...passed], {
    detached: true,
    stdio: ['ignore', output.fd, output.fd, 'pipe', lock ?? 'ignore'],
    cwd: DAEMON_CWD,
    env: withoutServiceManager(process.env),
  });
  await once(child, 'spawn').catch((cause: Error) => {
    throw new CliError(`the daemon cannot be started: ${process.execPath}: ${cause.message}`, { cause });
  });
  if (await ready(child)) {
    if (onNotice) for (const line of await noticesIn(log, from)) onNotice(line);
    return child;
  }
  const said = (await readFile(log)).subarray(from).toString().trim();
  throw new CliError(said.replace(/^runv: /, '') || `the daemon ended before it was ready, without a word in ${log}`);
}

/**
 * Starts a container's daemon again where it was killed: it takes back what it had. One that was started by hand, or by systemd, is
 * left to those.
 *
 * @returns whether it answers now
 * @throws CliError
 */
export async function reviveDaemon(context: CommandContext, { runv }: ContainerRecord): Promise<boolean> {
  const { socket, containerdDir } = runv.daemon;
  if (await isServed(context, socket)) return true;
  const text = await readFile(startFileOf(containerdDir), 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  context.requireOwnProcess(INHERITS);
  try {
    await startSharedDaemon(containerdDir, socket, Start.parse(JSON.parse(text)).args);
  } catch (error) {
    // One that ended with its last container has removed its directory.
    if (existsSync(startFileOf(containerdDir))) throw error;
  }
  // One that finds nothing to take back may have ended already.
  return await answers(socket);
}

/** Whether a daemon answers there, which this process may be itself. */
export async function isServed({ daemonSocket }: CommandContext, socket: string): Promise<boolean> {
  return socket === daemonSocket || (await answers(socket));
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

/** The command's service manager, such as an engine's or a container's own, is not the daemon's. */
function withoutServiceManager(all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, ...env } = all;
  return env;
}

/**
 * The daemon writes a byte once its socket answers. An end without a byte means that it failed. This end stays open as long as the
 * command lives.
 */
async function ready(child: ChildProcess): Promise<boolean> {
  const daemon = child.stdio[READY_FD] as Socket;
  const isReady = await new Promise<boolean>((resolve) => {
    // It closes then.
    daemon.on('error', () => {});
    daemon.once('data', () => resolve(true)).once('close', () => resolve(false));
  });
  child.unref();
  daemon.unref();
  return isReady;
}

async function openLog(path: string) {
  const handle = await open(path, 'a', 0o600);
  return { fd: handle.fd, [Symbol.asyncDispose]: () => handle.close() };
}
