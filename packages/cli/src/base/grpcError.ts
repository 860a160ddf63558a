/** A call's error, as grpc-js makes it. Loading the library for a number and a type would take too long. */

/** gRPC's status for a server that cannot be reached, or takes nothing. */
export const UNAVAILABLE = 14;

export const NOT_FOUND = 5;

export interface GrpcError extends Error {
  readonly code: number;
  readonly details: string;
  readonly metadata: { get(name: string): unknown[] };
}

export function isGrpc(error: unknown): error is GrpcError {
  return error instanceof Error && 'details' in error && typeof error.details === 'string';
}
