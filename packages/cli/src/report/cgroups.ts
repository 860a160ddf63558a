/** The control groups of containers: their limits, and what is used. */
import { join } from 'node:path';
import { readPseudoFile } from './readPseudoFile.ts';

const FILES = [
  ...['cgroup.procs', 'cgroup.controllers', 'cgroup.events', 'cpu.max', 'cpu.stat', 'cpuset.cpus'],
  ...['memory.max', 'memory.current', 'memory.peak', 'memory.events', 'pids.max', 'pids.current'],
  // Version 1.
  ...['memory.limit_in_bytes', 'memory.usage_in_bytes', 'memory.oom_control', 'cpu.cfs_quota_us'],
];

/** @param dir as a record has it; undefined where it is no control group */
export async function cgroupOf(dir: string): Promise<Record<string, string> | undefined> {
  if (!dir.startsWith('/sys/fs/cgroup/') || dir.includes('/../')) return undefined;
  const contents = await Promise.all(FILES.map(async (file) => [file, await readPseudoFile(join(dir, file))] as const));
  return Object.fromEntries(contents.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
