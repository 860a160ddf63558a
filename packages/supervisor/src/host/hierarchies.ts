/** Where this host has its control groups: one tree (version 2), or one for each few controllers (version 1). */
import { readFile } from 'node:fs/promises';
import { decodeMountPath } from '@runv/factory';

export interface Hierarchy {
  readonly version: 1 | 2;
  /** Absolute path of its root. */
  readonly root: string;
  /** As the kernel names them; of version 2: none, because a cgroup has what its parent gives it. */
  readonly controllers: ReadonlySet<string>;
}

/** @returns those that containers' processes have to be in; none where there are no control groups */
export async function findHierarchies(): Promise<Hierarchy[]> {
  return hierarchiesIn(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** With version 1 mounted at all, the tree of version 2 beside it has no controllers: it is systemd's. */
export function hierarchiesIn(mountinfo: string): Hierarchy[] {
  const found = mountinfo.split('\n').flatMap((line) => toHierarchy(line));
  const old = found.filter(({ version }) => version === 1);
  // A hierarchy may be mounted in several places.
  const unique = new Map(old.map((hierarchy) => [[...hierarchy.controllers].sort().join(), hierarchy]));
  return old.length > 0 ? [...unique.values()] : found.slice(0, 1);
}

/** proc(5): fields, a dash, then the type, the source and the file system's own options, which name the controllers. */
function toHierarchy(line: string): Hierarchy[] {
  const [fields = '', tail = ''] = line.split(' - ');
  const [type, , options = ''] = tail.split(' ');
  const root = decodeMountPath(fields.split(' ')[4] ?? '');
  if (type === 'cgroup2') return [{ version: 2, root, controllers: new Set() }];
  if (type !== 'cgroup') return [];
  return [{ version: 1, root, controllers: new Set(options.split(',').filter((option) => !/^(ro|rw)$/.test(option))) }];
}
