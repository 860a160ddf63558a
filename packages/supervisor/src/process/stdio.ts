/** Where a process's stdio comes from and goes to on the host. */
import type { Readable, Writable } from 'node:stream';

export interface Stdio {
  /** Absent: the process reads end of file at once. */
  readonly stdin?: Readable | undefined;
  /** Makes `stdin` end after what the client has written to it so far. */
  readonly endStdin?: (() => void) | undefined;
  /** Absent: its output is dropped. */
  readonly stdout?: Writable | undefined;
  readonly stderr?: Writable | undefined;
  /** What stands for the process on the host, where something does. */
  readonly standIn?: StandIn | undefined;
}

/** A host process that stands for one in a guest: what it gets is passed on, and it ends as that ends. */
export interface StandIn {
  /** On the host. */
  readonly pid: number;
  /** Settles when it has ended, whatever ended it. */
  readonly gone: Promise<void>;
  /** Has it pass on the signals that it gets, and the sizes that its terminal gets. */
  relay(to: { signal(number: number): void; resize(rows: number, columns: number): void }): void;
  /** Ends it with this exit status, once what was written to stdout and stderr has been passed on. */
  end(status: number): void;
}

/** What a client asked for. */
export interface StdioRequest {
  /** As the client named them; empty where it named none. */
  readonly paths: { readonly stdin: string; readonly stdout: string; readonly stderr: string };
  /** @throws SupervisorError `INVALID` for a path that cannot be opened */
  open(): Promise<Stdio>;
}

/** Lets go of streams that no process got. */
export function closeStdio({ stdin, stdout, stderr }: Stdio): void {
  for (const stream of [stdin, stdout, stderr]) stream?.destroy();
}
