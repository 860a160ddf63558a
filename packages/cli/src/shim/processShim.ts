/** Starts the shim of a container's process before the process is requested, and ends the shim if the request fails. */
import { randomBytes } from 'node:crypto';
import type { ShimRoot, ShimStdio } from '@runv/shim';
import { CliError } from '../base/failure.ts';
import { shimSocketOf } from '../client/paths.ts';
import type { CommandContext, StartedShim } from '../context/commandContext.ts';

export interface ProcessShimRequest {
  /** The daemon's socket. */
  readonly socket: string;
  readonly container: string;
  /** The process's name in the container. */
  readonly process: string;
  /** The program's command line, for `ps` on the host. */
  readonly args: readonly string[];
  readonly terminal: boolean;
  /** The socket on which the engine receives the terminal. */
  readonly consoleSocket?: string | undefined;
  /** A network namespace to join, or `new`. */
  readonly netns?: string | undefined;
  /** The shim's root directory; the host's unless given. */
  readonly root?: ShimRoot | undefined;
  /** The command does not wait for the process's end. */
  readonly detached: boolean;
  /** The shim's stdio; the command's own unless given. */
  readonly stdio?: ShimStdio | undefined;
}

export interface ProcessShim extends StartedShim {
  /** Identifies the shim to the daemon. */
  readonly key: string;
  /** Ends the shim: its process is not going to run. */
  abandon(): void;
}

/** @throws CliError */
export async function startProcessShim(context: CommandContext, request: ProcessShimRequest): Promise<ProcessShim> {
  const { socket, container, process: name, args, terminal, consoleSocket, netns, root, detached, stdio } = request;
  if (terminal && !consoleSocket && !context.hasTerminal)
    throw new CliError(
      `the process ${name} of container ${container} is to have a terminal, and there is none here; ` +
        'give --console-socket, run it from a terminal, or set process.terminal to false',
    );
  const key = `${container}/${name}/${randomBytes(8).toString('hex')}`;
  const { pid, child } = await context.startShim({
    socket: shimSocketOf(socket),
    key,
    args: [args[0] ?? '', ...args.slice(1)],
    terminal,
    consoleSocket,
    netns,
    root,
    stdio,
    detached,
  });
  return { key, pid, child, abandon: () => kill(pid) };
}

/** The shim may have ended by itself: the daemon tells it when its process failed to start. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
