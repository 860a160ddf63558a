/** Where a process's stdio comes from and goes to on the host. */
import type { Readable, Writable } from 'node:stream';
import { NOT_RUN } from '../base/exitStatus.ts';
import type { CarrierShim } from '../host/shim.ts';

/** What a process reads. */
export interface InputSource extends Readable {
  /** Hears how many of its bytes the guest has got: it keeps those that the guest has not, for a daemon that comes later. */
  received?(total: number): void;
}

/** Where output of a process goes. */
export interface OutputTarget extends Writable {
  /** How many bytes it had passed on before, for an earlier daemon. */
  readonly passedBefore?: number;
  /** Called with how many more bytes it has passed on. Where it has none, what is written is passed on. */
  onPassed?: (bytes: number) => void;
}

export interface Stdio {
  /** The shim of the daemon's own that has these streams, where one has: it is not the process's, and passes on nothing else. */
  readonly carrier?: CarrierShim | undefined;
  /** Absent: the process reads end of file at once. */
  readonly stdin?: InputSource | undefined;
  /** Makes `stdin` end after what the client has written to it so far. */
  readonly endStdin?: (() => void) | undefined;
  /** Absent: its output is dropped. */
  readonly stdout?: OutputTarget | undefined;
  readonly stderr?: OutputTarget | undefined;
}

/** The stdio that a client asked for. */
export interface StdioRequest {
  /** As the client named them; empty where it named none. */
  readonly paths: { readonly stdin: string; readonly stdout: string; readonly stderr: string };
  /** @throws SupervisorError `INVALID` for a path that cannot be opened */
  open(): Promise<Stdio>;
}

/** Closes streams that no process got. */
export function closeStdio({ stdin, stdout, stderr, carrier }: Stdio): void {
  for (const stream of [stdin, stdout, stderr]) stream?.destroy();
  carrier?.end(NOT_RUN);
}
