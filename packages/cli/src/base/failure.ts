/** The one place where an error becomes a line for a person and an exit code. */

/** gRPC's status for a server that is not there; the library itself is too much to load for one number. */
const UNAVAILABLE = 14;

/** What went wrong, in words that a person can act on; the code is the process's. */
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

interface GrpcError extends Error {
  readonly code: number;
  readonly details: string;
}

function isGrpc(error: unknown): error is GrpcError {
  return error instanceof Error && 'details' in error && typeof error.details === 'string';
}
