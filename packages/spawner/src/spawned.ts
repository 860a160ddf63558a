/** What is asked for, and what is started. */
import type { Socket } from 'node:net';
import type { ProcessEnd } from './processEnd.ts';
import type { Stream } from './request.ts';

export interface SpawnOptions {
  /** Else the file. */
  readonly argv0?: string | undefined;
  /** All of its environment; this process's unless given. A file without a slash is looked for in its PATH. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** `/` unless given. */
  readonly cwd?: string | undefined;
  /** At most 8; each of the first three that is not given is `null`. */
  readonly stdio?: readonly Stream[] | undefined;
  /** The path of a network namespace for it. Needs CAP_SYS_ADMIN. */
  readonly netns?: string | undefined;
  /** A session of its own. */
  readonly session?: boolean | undefined;
  /** It is killed when this process ends. */
  readonly tied?: boolean | undefined;
}

export interface Spawned {
  readonly pid: number;
  /** This process's end of each pipe. */
  readonly streams: readonly (Socket | undefined)[];
  /** Settles when it has ended; what it has written may still be read. Rejects with a SpawnError when nobody can say: the small process was killed. */
  readonly ended: Promise<ProcessEnd>;
  /** Does nothing to one that has ended, whoever has its pid by now. */
  kill(signal?: NodeJS.Signals): void;
  /** Lets this process end before it. */
  unref(): void;
}
