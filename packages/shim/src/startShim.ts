// Starts a shim, and waits until it has set itself up.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ShimError } from './errors.ts';
import { shimPath } from './shimPath.ts';

/** The shim says on this descriptor how its setting up went. */
export const REPORT_FD = 3;

export interface ShimOptions {
  /** The daemon's socket for shims: an absolute path of at most 107 bytes. */
  readonly socket: string;
  /** `<container>/<process>/<token>`, at most 1024 bytes: what the daemon knows the process by. */
  readonly key: string;
  /** The command line of the process in the guest, for `ps` to show; at least the program. */
  readonly args: readonly [string, ...string[]];
  /** The process has a terminal: the caller's, or a console. */
  readonly terminal?: boolean | undefined;
  /** Absolute path of the unix socket that gets the console's master. Needs `terminal`. */
  readonly consoleSocket?: string | undefined;
  /** A network namespace for the shim: `new`, or the absolute path of one. Needs CAP_SYS_ADMIN. */
  readonly netns?: string | undefined;
  /** What it sees of the host's files, through `/proc/<pid>/root` too; the caller's unless given. Needs CAP_SYS_ADMIN, and Linux 5.2. */
  readonly root?: ShimRoot | undefined;
  /** Descriptors of this process for stdin, stdout and stderr, or `pipe` for `child.stdout` and its like; its own unless given. */
  readonly stdio?: ShimStdio | undefined;
  /** It is no child of this process's: whoever reaps orphans (a subreaper, else init) learns its exit status. */
  readonly detached?: boolean | undefined;
  /** How long it waits for a daemon that wants it, in ms, before it ends; 90 s unless given. One that was welcome once waits for ever. */
  readonly patienceMs?: number | undefined;
  /** Another build of the program than {@link shimPath}. */
  readonly path?: string | undefined;
}

/** Paths are absolute. */
export interface ShimRoot {
  readonly path: string;
  readonly readonly?: boolean | undefined;
  /** At most 512; a destination is resolved inside the root, and made where it is missing. */
  readonly mounts?: readonly ShimMount[] | undefined;
}

export interface ShimMount {
  readonly source: string;
  readonly destination: string;
  readonly readonly: boolean;
}

export type ShimStdio = readonly [ShimStream, ShimStream, ShimStream];
type ShimStream = number | 'pipe';

export interface StartedShim {
  readonly pid: number;
  /** Exits as the process in the guest does; of a detached one there is only its parent, which has ended. */
  readonly child: ChildProcess;
}

/**
 * Starts a shim. It stands ready when this resolves, and connects to the daemon from then on.
 *
 * @throws {ShimError} with the shim's own line when it cannot do what it was asked to; it is gone then
 *
 * @example
 * const { pid } = await startShim({ socket: '/run/runv/shim.sock', key: 'web/init/4711', args: ['nginx', '-g', 'daemon off;'] });
 */
export async function startShim(options: ShimOptions): Promise<StartedShim> {
  const { path, args, env } = shimCommand(options);
  const [program, ...rest] = args;
  const child = spawn(path, rest, {
    argv0: program,
    env,
    // In a session of its own: what is typed at the caller's terminal is the caller's to pass on.
    detached: true,
    stdio: [...(options.stdio ?? [0, 1, 2]), 'pipe'],
  });
  await once(child, 'spawn').catch((error: Error) => {
    throw new ShimError(`${path} cannot be run: ${error.message}`, { cause: error });
  });
  const line = await text(child.stdio[REPORT_FD] as Readable);
  if (!isReady(line) && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { pid: shimPid(line, child.signalCode ?? `status ${child.exitCode}`), child };
}

/** What a shim is started as, by whomever. */
export interface ShimCommand {
  readonly path: string;
  /** From argv[0]. */
  readonly args: readonly [string, ...string[]];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
}

export function shimCommand(options: ShimOptions): ShimCommand {
  return { path: options.path ?? shimPath(), args: options.args, env: environment(options) };
}

/**
 * The pid of a shim that has set itself up.
 *
 * @param line all that it said on descriptor 3
 * @param ending how it ended, for one that said nothing
 * @throws {ShimError} with the line, unless that says `ok`
 */
export function shimPid(line: string, ending: string): number {
  if (!isReady(line)) throw new ShimError(line.trim() || `the shim ended before it was ready (${ending})`);
  return Number(line.slice('ok '.length));
}

function isReady(line: string): boolean {
  return /^ok \d+\n$/.test(line);
}

function environment(options: ShimOptions): Record<string, string> {
  const { socket, key, terminal, consoleSocket, netns, root, detached, patienceMs } = options;
  return {
    RUNV_SHIM_SOCKET: socket,
    RUNV_SHIM_KEY: key,
    ...(terminal ? { RUNV_SHIM_TERMINAL: '1' } : {}),
    ...(detached ? { RUNV_SHIM_DETACHED: '1' } : {}),
    ...(patienceMs === undefined ? {} : { RUNV_SHIM_PATIENCE_MS: `${patienceMs}` }),
    ...(consoleSocket === undefined ? {} : { RUNV_SHIM_CONSOLE_SOCKET: consoleSocket }),
    ...(netns === undefined ? {} : { RUNV_SHIM_NETNS: netns }),
    ...(root ? rootEnvironment(root) : {}),
  };
}

function rootEnvironment({ path, readonly, mounts = [] }: ShimRoot): Record<string, string> {
  const variables = mounts.flatMap((mount, index) => [
    [`RUNV_SHIM_SOURCE_${index}`, mount.source],
    [`RUNV_SHIM_MOUNT_${index}`, `${mount.readonly ? 'ro' : 'rw'}:${mount.destination}`],
  ]);
  return {
    RUNV_SHIM_ROOT: path,
    ...(readonly ? { RUNV_SHIM_ROOT_READONLY: '1' } : {}),
    ...Object.fromEntries(variables),
  };
}
