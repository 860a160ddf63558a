/**
 * What a command runs with: the process that the user started, or a launcher (docs/launcher-protocol.md) that handed the
 * command to the daemon. A command takes nothing of this from `process`.
 */
import type { ChildProcess } from 'node:child_process';
import type { RunvClient } from '@runv/api';
import type { ShimOptions } from '@runv/shim';

export interface CommandContext {
  /** Relative paths begin here. */
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Standard input or output is a terminal, so that a process may have one. */
  readonly hasTerminal: boolean;
  /** The size of the terminal that standard output is. */
  readonly windowSize: WindowSize | undefined;
  /** Where the daemon that runs this command for a launcher listens; undefined in a process of the command's own. */
  readonly daemonSocket: string | undefined;
  /** The process's exit code, unless the command fails. */
  exitCode: number;
  /** Aborted when the launcher has disconnected. Never aborted in a process of the command's own. */
  readonly disconnected: AbortSignal;
  /** Starts a shim with the stdio of the process that the user started. @throws ShimError */
  startShim(options: ShimOptions): Promise<StartedShim>;
  /** A client of a daemon, until it is disposed of. Everything before the first of these calls may be done twice. */
  openClient(socket: string): Promise<OpenClient>;
  /**
   * Declares that the rest of the command needs a process of its own.
   *
   * @throws NotDelegable in a daemon
   */
  requireOwnProcess(why: string): void;
}

interface Output {
  write(text: string): void;
}

export interface WindowSize {
  readonly height: number;
  readonly width: number;
}

export interface StartedShim {
  readonly pid: number;
  /** Defined where the shim is a child of this process, which can then wait for it. */
  readonly child: ChildProcess | undefined;
}

export interface OpenClient extends AsyncDisposable {
  readonly client: RunvClient;
}

/** A daemon cannot run this command for a launcher. Nothing of the command was done. */
export class NotDelegable extends Error {
  override readonly name = 'NotDelegable';
}
