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
}

/** The stdio that a client asked for. */
export interface StdioRequest {
  /** As the client named them; empty where it named none. */
  readonly paths: { readonly stdin: string; readonly stdout: string; readonly stderr: string };
  /** @throws SupervisorError `INVALID` for a path that cannot be opened */
  open(): Promise<Stdio>;
}

/** Closes streams that no process got. */
export function closeStdio({ stdin, stdout, stderr }: Stdio): void {
  for (const stream of [stdin, stdout, stderr]) stream?.destroy();
}
