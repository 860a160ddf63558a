/** The process that stands on the host for one of a container's: started before that is asked for, ended when it is not to be. */
import { randomBytes } from 'node:crypto';
import type { ShimRoot, ShimStdio } from '@runv/shim';
import { CliError } from '../base/failure.ts';
import { shimSocketOf } from '../client/paths.ts';
import type { CommandContext, StartedShim } from '../context/commandContext.ts';

export interface ProcessShimRequest {
  /** Of the daemon. */
  readonly socket: string;
  readonly container: string;
  /** The process's name in the container. */
  readonly process: string;
  /** The program's, which is what `ps` shows on the host. */
  readonly args: readonly string[];
  readonly terminal: boolean;
  /** Where the engine takes the terminal's other end. */
  readonly consoleSocket?: string | undefined;
  /** A network namespace to join, or `new`. */
  readonly netns?: string | undefined;
  /** What it sees of the host's files; all of them unless given. */
  readonly root?: ShimRoot | undefined;
  /** The context does not wait for it. */
  readonly detached: boolean;
  /** Its stdio is the context's unless given. */
  readonly stdio?: ShimStdio | undefined;
}

export interface ProcessShim extends StartedShim {
  /** By which the daemon knows it. */
  readonly key: string;
  /** Its process is not going to run. */
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

/** It may have ended by itself: the daemon tells it when nothing comes of its process. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
