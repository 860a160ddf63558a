/** The mount namespace of a jailed program: what the program sees of the host's files, changed while it runs. */
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { runJail } from './runJail.ts';

/** A directory or file of the host, and where it appears. */
export interface Bind {
  /** Absolute path on the host. */
  readonly source: string;
  /** Absolute path in the namespace, without symlinks: a directory or file, as the source is. */
  readonly place: string;
  readonly readonly: boolean;
  /** Also what is mounted below the source. */
  readonly recursive: boolean;
  /**
   * With `recursive`: also what the host mounts there later. That has the flags that it has on the host: it may be writable, and have
   * device files.
   */
  readonly follow?: boolean | undefined;
}

/** A new overlay, and where it appears. */
export interface OverlayMount {
  /** As mount(8) takes them: `lowerdir=…,upperdir=…,workdir=…`, with absolute paths of the host. */
  readonly options: string;
  /** As that of a bind: a directory. */
  readonly place: string;
  readonly readonly: boolean;
}

export interface MountPlan {
  /** A mount namespace, open here, where the sources are found; this process's unless given. */
  readonly from?: number | undefined;
  readonly binds?: readonly Bind[] | undefined;
  readonly overlays?: readonly OverlayMount[] | undefined;
  /** Places whose mounts are detached, however many; a place without one is no error. */
  readonly unbinds?: readonly string[] | undefined;
}

/** Mounts that are made in a namespace of the program's own end with its last process and `close`. */
export class MountNamespace {
  readonly #handle: FileHandle;

  /** It is this process's too, so that mounts made there stay until they are unbound. */
  readonly isOurs: boolean;

  readonly #jailPath: string | undefined;

  private constructor(handle: FileHandle, isOurs: boolean, jailPath: string | undefined) {
    this.#handle = handle;
    this.isOurs = isOurs;
    this.#jailPath = jailPath;
  }

  /**
   * Keeps the namespace of this process.
   *
   * @param jailPath another build of the jail's program than the package's
   * @throws Error `ENOENT` for a process that has ended
   */
  static async open(pid: number, jailPath?: string): Promise<MountNamespace> {
    const path = (of: number | string) => `/proc/${of}/ns/mnt`;
    const [theirs, ours] = await Promise.all([readlink(path(pid)), readlink(path('self'))]);
    return new MountNamespace(await open(path(pid), 'r'), theirs === ours, jailPath);
  }

  /**
   * Unbinds, then binds and makes overlays, without set-user-id bits, device files or programs.
   *
   * @throws {JailError} when one of it cannot be done: what was bound is unbound again
   */
  async change({ from, binds = [], overlays = [], unbinds = [] }: MountPlan): Promise<void> {
    if (binds.length + overlays.length + unbinds.length === 0) return;
    const words = [
      ...(from === undefined ? [] : ['from']),
      ...unbinds.flatMap((place) => ['unbind', place]),
      ...binds.flatMap(({ source, place, readonly, recursive, follow }) => [
        recursive ? (follow ? 'follow' : 'rbind') : 'bind',
        readonly ? 'ro' : 'rw',
        source,
        place,
      ]),
      ...overlays.flatMap(({ options, place, readonly }) => ['overlay', readonly ? 'ro' : 'rw', options, place]),
    ];
    const descriptors = from === undefined ? [this.#handle.fd] : [this.#handle.fd, from];
    await runJail(['mounts', ...words], descriptors, this.#jailPath);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
