/** Where a process's stdio comes from and goes to on the host. */
import type { Readable, Writable } from 'node:stream';

export interface Stdio {
  /** Absent: the process reads end of file at once. */
  readonly stdin?: Readable | undefined;
  /** Absent: its output is dropped. */
  readonly stdout?: Writable | undefined;
  readonly stderr?: Writable | undefined;
}

/** What a client asked for; opened only when the process is there. */
export interface StdioRequest {
  /** As the client named them; empty where it named none. */
  readonly paths: { readonly stdin: string; readonly stdout: string; readonly stderr: string };
  open(): Stdio;
}
