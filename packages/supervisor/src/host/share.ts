/**
 * What a pod has of the host's files. Its share is a directory of empty directories and files, which the guest cannot write. On
 * these, and only where the VM's file server sees it, the root file systems and the volumes are mounted: the host never goes where a
 * guest may write.
 */
import { mkdir, readdir, realpath, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Bind, MountNamespace, type OverlayMount } from '@runv/jail';
import { SupervisorError } from '../base/errors.ts';
import { ROOTFS } from '../spec/bundleMounts.ts';
import type { RecordedFiles } from '../state/containerRecord.ts';
import type { Place } from './place.ts';

/** The VM of the share. */
export interface SharingVm {
  /** The directory of the share on the host. */
  readonly shareDir: string;
  readonly fileServerPid: number;
  readonly exited: Promise<unknown>;
}

/** A directory or file of the host, or an overlay of directories. */
export interface Volume {
  /** Absolute path on the host; of an overlay, what tells it from others. */
  readonly source: string;
  /** Of an overlay: its options, as mount(8) takes them. */
  readonly overlay?: string | undefined;
  readonly readonly: boolean;
  /** Also what is mounted below it. */
  readonly recursive: boolean;
  /** Also what the host mounts there later, with the flags that it has on the host. */
  readonly follow?: boolean | undefined;
}

/** What a container uses of the share. */
export interface SharedFiles {
  /** The name of each volume in the share, in their order. */
  readonly names: readonly string[];
  /** For a daemon that comes later: `restore` gives the same files again. */
  readonly recorded: RecordedFiles;
  /** The container has ended in the guest. */
  release(): Promise<void>;
}

/** One source of the host, which is one directory or file of the share, whatever containers use it. */
interface Source {
  readonly key: string;
  readonly name: string;
  readonly isDirectory: boolean;
  /** No container may write to it so far. */
  readonly: boolean;
  users: number;
}

export class Share {
  readonly #vm: SharingVm;
  readonly #sources = new Map<string, Source>();
  /** Names are never used again: the guest may have cached what one was. */
  #names = 0;
  /** The names at which something is mounted. */
  readonly #mounted = new Set<string>();
  readonly #prefix: string;
  /** Opened at once, because a pid may be another's later. */
  readonly #namespace: Promise<MountNamespace>;
  #closed = false;
  #vmEnded = false;
  /** One change after the other. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param prefix of the names of volumes */
  constructor(vm: SharingVm, prefix = 'v') {
    this.#vm = vm;
    this.#prefix = prefix;
    this.#namespace = MountNamespace.open(vm.fileServerPid);
    // Whoever adds something gets the error.
    this.#namespace.catch(() => {});
    void vm.exited.then(() => {
      this.#vmEnded = true;
    });
  }

  /**
   * Mounts a container's root file system at `<image>/rootfs`, and its volumes.
   *
   * @param from where their paths are found, unless it is here
   * @throws SupervisorError `INVALID` for a source that does not exist | JailError; nothing of it is mounted then
   */
  add(image: string, rootfs: string, volumes: readonly Volume[], from?: Place): Promise<SharedFiles> {
    return this.#then(async () => {
      if (this.#closed) throw new SupervisorError('FAILED', 'the VM has ended');
      const root = join(image, ROOTFS);
      await this.#makePlace(root, true);
      const used: Source[] = [];
      try {
        const binds = [this.#bind(root, { source: rootfs, readonly: false, recursive: true })];
        const overlays: OverlayMount[] = [];
        for (const volume of volumes) {
          const { overlay, readonly } = volume;
          const made = await this.#use(volume, used, from);
          if (overlay === undefined) binds.push(...made);
          else overlays.push(...made.map(({ place }) => ({ options: overlay, place, readonly })));
        }
        await (await this.#namespace).change({ binds, overlays, from: from?.namespace.fd });
        for (const [index, { readonly }] of volumes.entries()) if (!readonly) (used[index] as Source).readonly = false;
        for (const name of [root, ...used.map((source) => source.name)]) this.#mounted.add(name);
        return this.#filesOf(root, used);
      } catch (error) {
        await this.#release(root, used).catch(() => {});
        throw error;
      }
    });
  }

  /** The files that a container has, as an earlier daemon has recorded them. */
  restore({ root, sources }: RecordedFiles): SharedFiles {
    const used = sources.map((recorded) => {
      const known = this.#sources.get(recorded.key);
      const source = known ?? { ...recorded, users: 0 };
      if (!recorded.readonly) source.readonly = false;
      source.users++;
      this.#sources.set(source.key, source);
      return source;
    });
    for (const name of [root, ...used.map((source) => source.name)]) this.#mounted.add(name);
    return this.#filesOf(root, used);
  }

  /** Removes what an earlier daemon has put there and not recorded. */
  removeUnknown(): Promise<void> {
    return this.#then(async () => {
      const tops = new Set([...this.#mounted].map((name) => name.split('/')[0]));
      const unknown = (await readdir(this.#vm.shareDir)).filter((name) => !tops.has(name));
      const namespace = await this.#namespace;
      for (const name of unknown) {
        for (const place of [join(name, ROOTFS), name])
          await namespace.change({ unbinds: [this.#place(place)] }).catch(() => {});
        await rm(this.#place(name), { recursive: true });
      }
    });
  }

  #filesOf(root: string, used: readonly Source[]): SharedFiles {
    const sources = used.map(({ users: _, ...source }) => source);
    const names = used.map(({ name }) => name);
    return { names, recorded: { root, sources }, release: () => this.#then(() => this.#release(root, used)) };
  }

  /** The VM has ended, and nobody changes its mounts any more. */
  close(): Promise<void> {
    return this.#then(async () => {
      if (this.#closed) return;
      const namespace = await this.#namespace.catch(() => undefined);
      // Mounts in a namespace of the VM's own end with that.
      if (namespace?.isOurs) await namespace.change({ unbinds: [...this.#mounted].map((name) => this.#place(name)) });
      await namespace?.close();
      this.#closed = true;
    });
  }

  #then<T>(step: () => Promise<T>): Promise<T> {
    const done = this.#last.then(step);
    this.#last = done.catch(() => {});
    return done;
  }

  /** @returns what has to be mounted for it, if anything */
  async #use(volume: Volume, used: Source[], from: Place | undefined): Promise<Bind[]> {
    const { path, key, isDirectory } = await identify(volume, from);
    const known = this.#sources.get(key);
    const source = known ?? { key, name: `${this.#prefix}${++this.#names}`, isDirectory, readonly: true, users: 0 };
    if (!known) {
      await this.#makePlace(source.name, isDirectory);
      this.#sources.set(key, source);
    }
    source.users++;
    used.push(source);
    // One to write to covers the read-only mount of the same files, which the guest cannot tell from it.
    if (known && (volume.readonly || !source.readonly)) return [];
    return [this.#bind(source.name, { ...volume, source: path })];
  }

  #place(name: string): string {
    return join(this.#vm.shareDir, name);
  }

  #bind(name: string, volume: Volume): Bind {
    return { ...volume, place: this.#place(name) };
  }

  async #makePlace(name: string, isDirectory: boolean): Promise<void> {
    if (isDirectory) await mkdir(this.#place(name), { recursive: true });
    else await writeFile(this.#place(name), '', { flag: 'wx' });
  }

  async #release(root: string, used: readonly Source[]): Promise<void> {
    if (this.#closed) return;
    const uses = (source: Source) => used.filter((one) => one === source).length;
    const unused = [...new Set(used)].filter((source) => source.users === uses(source));
    const names = [root, ...unused.map(({ name }) => name)];
    const namespace = await this.#namespace.catch(() => undefined);
    // What was mounted in a namespace of its own went with that, and its directory will be removed as a whole.
    if (this.#vmEnded && !namespace?.isOurs) return;
    await namespace?.change({ unbinds: names.map((name) => this.#place(name)) });
    for (const source of used) source.users--;
    for (const name of names) this.#mounted.delete(name);
    for (const { key, name, isDirectory } of unused) {
      this.#sources.delete(key);
      await (isDirectory ? rmdir(this.#place(name)) : rm(this.#place(name)));
    }
    await rmdir(this.#place(root));
    await rmdir(dirname(this.#place(root)));
  }
}

/** By what it is, not only by its path: another directory at the same path is another source. */
async function identify({ source, overlay, recursive, follow = false }: Volume, from: Place | undefined) {
  if (overlay !== undefined) return { path: source, key: JSON.stringify(['overlay', overlay]), isDirectory: true };
  try {
    const path = from ? source : await realpath(source);
    const status = await stat(from?.path(source) ?? path, { bigint: true });
    const key = JSON.stringify([path, `${status.dev}:${status.ino}`, recursive, follow]);
    return { path, key, isDirectory: status.isDirectory() };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing
      ? 'does not exist on the host'
      : `cannot be used: ${error instanceof Error ? error.message : error}`;
    throw new SupervisorError('INVALID', `the mount source ${source} ${why}`, { cause: error });
  }
}
