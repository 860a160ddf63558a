/**
 * Who wants a command done, and what it is done with: this process, or a front-end (docs/front-protocol.md) that has handed it to the
 * daemon. A command takes nothing of this from `process`.
 */
import type { ChildProcess } from 'node:child_process';
import type { RunvClient } from '@runv/api';
import type { ShimOptions } from '@runv/shim';

export interface Caller {
  /** Where relative paths begin. */
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Standard input or output is a terminal, which a process may have. */
  readonly hasTerminal: boolean;
  /** Of the terminal that standard output is. */
  readonly windowSize: WindowSize | undefined;
  /** What the caller ends with, unless the command fails. */
  exitCode: number;
  /** Aborted when the caller is no more; a process that is no more needs no telling. */
  readonly gone: AbortSignal;
  /** Starts a shim whose stdio is the caller's. @throws ShimError */
  startShim(options: ShimOptions): Promise<CallersShim>;
  /** A client of the daemon there, until it is disposed of. What is done before the first of them may be done again. */
  openClient(socket: string): Promise<OpenClient>;
  /**
   * For what only a process that has been started for it can do.
   *
   * @throws NeedsProcess in a daemon
   */
  needProcess(why: string): void;
}

interface Output {
  write(text: string): void;
}

export interface WindowSize {
  readonly height: number;
  readonly width: number;
}

export interface CallersShim {
  readonly pid: number;
  /** Where it is this process's: who follows it needs that. */
  readonly child: ChildProcess | undefined;
}

export interface OpenClient extends AsyncDisposable {
  readonly client: RunvClient;
}

/** The command is not for a daemon to do; nothing of it was done. */
export class NeedsProcess extends Error {
  override readonly name = 'NeedsProcess';
}
