/** Starts a program in a jail. */
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type ProcessEnd, type Spawned, spawn } from '@runv/spawner';
import { cannotRun, JailError } from './errors.ts';
import { foundEnd } from './foundEnd.ts';
import { jailPath } from './jailPath.ts';
import { identityOf, killIdentity } from './processIdentity.ts';

/** The jail says on this descriptor how its setting up went. */
const REPORT_FD = 3;
/** The first descriptor of the jailed program after stdio and the report's. */
const FIRST_DESCRIPTOR = 4;
/** How long the jail's own process may take to kill the program, in ms. */
const KILL_MS = 1000;

/** A path of the host that the program sees where the host has it. */
export interface JailPath {
  /**
   * - `read-only`: a file or directory with programs in it, and what is mounted below it
   * - `data`: the same, of which nothing can be run
   * - `writable`: a directory
   * - `share`: an existing directory, read-only, without what is mounted below it: `MountNamespace` attaches others there
   * - `device`: a device file
   */
  readonly kind: 'read-only' | 'data' | 'writable' | 'share' | 'device';
  /** Absolute. */
  readonly path: string;
}

/** What the program finds open, as descriptor `descriptorNumber(index)`. */
export interface JailDescriptor {
  /**
   * - `listen`: a unix socket that listens at the path, which does not exist yet
   * - `read`: the file, for reading; the program cannot open it again for anything else
   * - `fifo`: a FIFO that is made at the path, which does not exist yet; it can be written to whether anybody reads or not,
   *   and what nobody has read when the program ends is in the file `${path}.left`
   */
  readonly kind: 'listen' | 'read' | 'fifo';
  /** Absolute. */
  readonly path: string;
}

export interface JailedProgram {
  /** Absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * The jail: an existing directory, on which its root is put in its own mount namespace, and the user that the program
   * becomes (not 0). Undefined: no namespaces, and this process's user; that needs no root.
   */
  readonly jail: { readonly root: string; readonly user: number } | undefined;
  readonly paths: readonly JailPath[];
  readonly descriptors: readonly JailDescriptor[];
  /**
   * - `no-processes`: system calls are refused that an emulator has no use for: other processes, namespaces, mounts, sockets but unix ones
   * - `few-calls`: all are refused but those that a User-mode Linux makes, which has processes
   */
  readonly filter?: 'no-processes' | 'few-calls' | undefined;
  /** A file that is made, and told how the program ended, for those whose child it is not (`foundProcess`). */
  readonly status?: string | undefined;
  /** Directories of control groups, one of each hierarchy, in which it starts. */
  readonly cgroups?: readonly string[] | undefined;
  /** Another build of the jail's program than the package's. */
  readonly jailPath?: string | undefined;
}

export interface JailedProcess {
  /** The program's, as the host knows it. */
  readonly pid: number;
  /** Settles (never rejects) when the program has ended. */
  readonly ended: Promise<ProcessEnd>;
  /** What it writes on stderr. */
  readonly stderr: Readable;
  /** Kills it by SIGKILL, whatever its state. */
  kill(): void;
  /** Reads its stderr no longer, so that writing there fails with EPIPE, and lets this process end before it. */
  letGo(): void;
}

/** Whether this process may make jails. */
export function canJail(): boolean {
  return process.geteuid?.() === 0;
}

/** The number of the descriptor at this index of `JailedProgram.descriptors`. */
export function descriptorNumber(index: number): number {
  return FIRST_DESCRIPTOR + index;
}

/**
 * Starts a program in a session of its own, which outlives this process. Resolves when the program runs.
 *
 * @throws {JailError} with the jail's own line when it cannot; nothing is left then
 *
 * @example
 * const { pid } = await startJailed({
 *   program: '/usr/bin/qemu-system-x86_64',
 *   args: ['-nodefaults', '-chardev', `socket,id=qmp,fd=${descriptorNumber(0)},server=on,wait=off`],
 *   env: {},
 *   jail: { root: '/run/vm1', user: 1879048192 },
 *   paths: [{ kind: 'read-only', path: '/usr' }],
 *   descriptors: [{ kind: 'listen', path: '/run/vm1/qmp.sock' }],
 * });
 */
export async function startJailed(options: JailedProgram): Promise<JailedProcess> {
  const path = options.jailPath ?? jailPath();
  const jail = await spawn(path, argumentsOf(options), {
    env: options.env,
    stdio: ['null', 'null', 'out', 'out'],
    session: true,
  }).catch(cannotRun(path));
  const report = await text(jail.streams[REPORT_FD] as Readable);
  const [, pid] = /^pid (\d+)\n$/.exec(report) ?? [];
  if (pid === undefined) throw await failure(report, jail);
  return jailedProcess(jail, Number(pid), options.status);
}

function jailedProcess(jail: Spawned, pid: number, status: string | undefined): JailedProcess {
  const stderr = jail.streams[2] as Readable;
  const identity = identityOf(pid);
  const letGo = new AbortController();
  let isLost = false;
  // The process that forked the jail was killed, and nobody else is told of its end.
  const ended = jail.ended.catch(() => {
    isLost = true;
    return foundEnd(identity, letGo.signal, status);
  });
  return {
    ...{ pid, ended, stderr },
    /**
     * The jail's own process passes it on, since a pid of the program's might be another's by now. While that process has
     * not ended, and it may be stopped, the pid is the program's.
     */
    kill() {
      const directly = () => identity && killIdentity(identity);
      if (isLost) return void directly();
      jail.kill('SIGTERM');
      const late = setTimeout(() => {
        directly();
        jail.kill('SIGCONT');
      }, KILL_MS);
      void ended.then(() => clearTimeout(late));
    },
    letGo() {
      stderr.destroy();
      jail.unref();
      letGo.abort();
    },
  };
}

async function failure(report: string, { streams, ended }: Spawned): Promise<JailError> {
  streams[2]?.destroy();
  const line = report.replace(/^pid \d+\n/, '').trim();
  const end = await ended.then(
    ({ code, signal }) => `the jail ended with ${signal ?? `status ${code}`} before it ran the program`,
    (lost: Error) => lost.message,
  );
  return new JailError(line || end);
}

/** The program's stdin and stdout. */
const NULL: JailPath = { kind: 'device', path: '/dev/null' };

function argumentsOf(options: JailedProgram): string[] {
  const { program, args, jail, paths, descriptors, filter, status, cgroups = [] } = options;
  return [
    'start',
    ...(filter === undefined ? [] : ['--filter', filter]),
    ...(status === undefined ? [] : ['--status', status]),
    ...cgroups.flatMap((dir) => ['--cgroup', dir]),
    ...(jail ? ['--root', jail.root, '--user', `${jail.user}`] : []),
    ...(jail ? [NULL, ...paths] : []).flatMap(({ kind, path }) => [`--${kind}`, path]),
    ...descriptors.flatMap(({ kind, path }) => [`--${kind}`, path]),
    '--',
    program,
    ...args,
  ];
}
