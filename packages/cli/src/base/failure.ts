/** The one place where an error becomes a line for a person and an exit code. */
import { isGrpc, UNAVAILABLE } from './grpcError.ts';

/** An error whose message tells a person what to do. `exitCode` becomes the process's exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}

export function exitCodeOf(error: unknown): number {
  return error instanceof CliError ? error.exitCode : 1;
}

export function explain(error: unknown): string {
  if (!isGrpc(error)) return error instanceof Error ? error.message : String(error);
  if (error.code === UNAVAILABLE) return `the daemon has gone away (${error.details}); its log says why`;
  return error.details;
}
