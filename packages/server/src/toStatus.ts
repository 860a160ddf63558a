/** The one place where an error becomes a gRPC status. */
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { SupervisorError, type SupervisorErrorCode } from '@runv/supervisor';
import type { Logger } from 'pino';
import { DETAILS_BYTES } from './limits.ts';

const STATUS: Record<SupervisorErrorCode, status> = {
  INVALID: status.INVALID_ARGUMENT,
  NOT_FOUND: status.NOT_FOUND,
  ALREADY_EXISTS: status.ALREADY_EXISTS,
  FAILED_PRECONDITION: status.FAILED_PRECONDITION,
  NO_COMMAND: status.INVALID_ARGUMENT,
  TIMEOUT: status.DEADLINE_EXCEEDED,
  UNSUPPORTED: status.UNIMPLEMENTED,
  FAILED: status.INTERNAL,
  ABORTED: status.ABORTED,
  STOPPING: status.UNAVAILABLE,
};

/** What a line about a call has. */
interface CallFields {
  readonly call?: string;
  /** The container's. */
  readonly id?: string;
}

/** The container that a request names, where it names one. */
export function fieldsOf(call: string, request: unknown): CallFields {
  const id: unknown = typeof request === 'object' && request !== null && 'id' in request ? request.id : undefined;
  return typeof id === 'string' && id !== '' ? { call, id } : { call };
}

/** Metadata that tells a missing program from other wrong arguments: runtimes exit with 127 for it. */
const REASON = 'runv-reason';

/** @param about the call, for the log */
export function toStatus(error: unknown, logger: Logger, about: CallFields = {}): ServiceError {
  const known = error instanceof SupervisorError;
  if (!known) logger.error({ ...about, err: error }, 'a call failed in a way that it should not');
  const message = forHeader(error instanceof Error ? error.message : String(error));
  const metadata = new Metadata();
  if (known) metadata.set(REASON, error.code);
  return Object.assign(new Error(message), {
    code: known ? STATUS[error.code] : status.INTERNAL,
    details: message,
    metadata,
  });
}

/** Cuts what would not fit into a header, in which gRPC writes each byte that is not printable ASCII as three. */
function forHeader(text: string): string {
  let bytes = 0;
  let end = 0;
  for (const character of text.slice(0, DETAILS_BYTES)) {
    bytes += /[ -$&-~]/.test(character) ? 1 : Buffer.byteLength(character) * 3;
    if (bytes > DETAILS_BYTES) break;
    end += character.length;
  }
  return end === text.length ? text : `${text.slice(0, end)}…`;
}
