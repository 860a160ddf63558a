/** Merges an update, which has only what changes, into a container's resources. */
import type { Resources } from '@runv/oci';

/** The fields that the host's control groups have. 0 and the empty string mean unset (runtime-spec). */
export function updatedResources(before: Resources, update: Resources): Resources {
  return {
    ...before,
    memory: { ...before.memory, ...said(update.memory) },
    cpu: { ...before.cpu, ...said(update.cpu) },
    blockIO: { ...before.blockIO, ...said(update.blockIO) },
  };
}

/** Quota and period share a file of the cgroup: an update of one of them keeps the other. */
export function withWholeQuota(before: Resources, update: Resources): Resources {
  const { quota, period } = update.cpu ?? {};
  if (!quota && !period) return update;
  return { ...update, cpu: { ...update.cpu, quota: quota || before.cpu?.quota, period: period || before.cpu?.period } };
}

function said<Section extends object>(section: Section | undefined): Partial<Section> {
  return Object.fromEntries(Object.entries(section ?? {}).filter(([, value]) => value)) as Partial<Section>;
}
