/** The control group on the host that a container's bundle names. Its VM and its shims are in it. */
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Resources } from '@runv/oci';
import type { Logger } from 'pino';
import { settingsFor } from './cgroupLimits.ts';
import { findHierarchies, type Hierarchy } from './hierarchies.ts';

/** How often and how long the removal of a group is tried, in ms: a process that has just ended is still in it for a moment. */
const REMOVE_MS = { step: 5, most: 2000 };

interface Group {
  readonly hierarchy: Hierarchy;
  readonly dir: string;
}

export class HostCgroup {
  readonly #groups: readonly Group[];

  /** Of where it is in each hierarchy; for the record, by which it can be removed later. */
  get dirs(): readonly string[] {
    return this.#groups.map(({ dir }) => dir);
  }

  /** @param path below the root of each hierarchy */
  static async at(path: string): Promise<HostCgroup> {
    return new HostCgroup(
      (await findHierarchies()).map((hierarchy) => ({ hierarchy, dir: join(hierarchy.root, path) })),
    );
  }

  async make(): Promise<void> {
    await Promise.all(this.#groups.map(makeGroup));
  }

  private constructor(groups: readonly Group[]) {
    this.#groups = groups;
  }

  /** Moves a process there, with its threads; what it starts later is born there. */
  async add(pid: number): Promise<void> {
    await Promise.all(this.#groups.map(({ dir }) => writeFile(join(dir, 'cgroup.procs'), `${pid}`)));
  }
}

export interface HostLimits {
  readonly resources: Resources;
  /** Of the VM. */
  readonly memoryMiB: number;
  readonly logger: Logger;
}

/**
 * What this kernel does not have is logged and left out, as the guest's kernel keeps the container's own limits.
 *
 * @param dirs as `HostCgroup.dirs` said
 */
export async function limitOnHost(
  dirs: readonly string[],
  { resources, memoryMiB, logger }: HostLimits,
): Promise<void> {
  if (dirs.length === 0) return;
  const hierarchies = await findHierarchies();
  for (const dir of dirs) {
    const hierarchy = hierarchies.find(({ root }) => dir.startsWith(`${root}/`));
    for (const [file, value] of hierarchy ? settingsFor(hierarchy, resources, memoryMiB) : []) {
      await writeFile(join(dir, file), value).catch((error: unknown) =>
        logger.warn({ err: error, file, value }, 'a limit could not be set on the host'),
      );
    }
  }
}

/** With its parents, which may be the engine's; made already is as well. */
async function makeGroup({ hierarchy, dir }: Group): Promise<void> {
  await mkdir(dir, { recursive: true });
  if (hierarchy.version === 2) await giveControllers(hierarchy.root, dir);
  else if (hierarchy.controllers.has('cpuset')) await giveCpus(hierarchy.root, dir);
}

/** Version 2: a group has the controllers that each of its parents hands on. */
async function giveControllers(root: string, dir: string): Promise<void> {
  for (const parent of parentsOf(root, dir)) {
    const had = await readFile(join(parent, 'cgroup.controllers'), 'utf8');
    const all = had.trim().split(' ').filter(Boolean);
    // One that its parent cannot hand on is missed where a limit needs it, and logged there.
    for (const controller of all)
      await writeFile(join(parent, 'cgroup.subtree_control'), `+${controller}`).catch(() => {});
  }
}

/** Version 1: a new group has no CPUs and no memory nodes, and takes no process until it has some. */
async function giveCpus(root: string, dir: string): Promise<void> {
  for (const group of [...parentsOf(root, dir), dir].slice(1)) {
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const own = (await readFile(join(group, file), 'utf8')).trim();
      if (own === '') await writeFile(join(group, file), await readFile(join(dirname(group), file)));
    }
  }
}

/** From the root down, `dir` itself left out. */
function parentsOf(root: string, dir: string): string[] {
  return dir === root ? [] : [...parentsOf(root, dirname(dir)), dirname(dir)];
}

/** Removes a container's groups once nobody is in them. @param dirs as `HostCgroup.dirs` said; one that is gone is no error */
export async function removeCgroups(dirs: readonly string[]): Promise<void> {
  for (const dir of dirs) await remove(dir);
}

async function remove(dir: string): Promise<void> {
  for (let waited = 0; ; waited += REMOVE_MS.step) {
    try {
      return await rmdir(dir);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || waited >= REMOVE_MS.most) throw error;
    }
    await delay(REMOVE_MS.step);
  }
}
