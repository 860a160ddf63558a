/**
 * Whether KVM runs guests here. That /dev/kvm exists proves nothing: there are hosts where it opens and no guest ever
 * boots. So one is booted, once per boot of the host.
 */
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { ProbeCache } from '../probeCache.ts';
import { tryKvm } from './tryKvm.ts';

export interface KvmVerdict {
  readonly works: boolean;
  /** One line for a person. */
  readonly reason: string;
}

/** Trials under way in this process, so that two drivers made at once share one. */
const underWay = new Map<string, Promise<KvmVerdict>>();

export async function kvmVerdict(executable: string, cache: ProbeCache, signal?: AbortSignal): Promise<KvmVerdict> {
  // Asked every time: who may open it differs by user, and costs nothing.
  const closed = await whyClosed('/dev/kvm');
  if (closed !== undefined) return { works: false, reason: closed };
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const known = cache.get().kvm;
  if (known?.bootId === bootId) return { works: known.works, reason: known.reason };
  signal?.throwIfAborted();
  return underWay.get(executable) ?? begin(executable, cache, bootId);
}

async function whyClosed(device: string): Promise<string | undefined> {
  try {
    await (await open(device, constants.O_RDWR)).close();
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : String(error);
    if (code === 'ENOENT')
      return `${device} does not exist (no virtualisation on this host, or the module kvm_intel or kvm_amd is not loaded)`;
    if (code === 'EACCES') return `${device} may not be opened by this user (add it to the group kvm)`;
    return `${device} does not open (${code})`;
  }
}

// Without the caller's signal: others may wait for the same trial, which takes a second at most.
function begin(executable: string, cache: ProbeCache, bootId: string): Promise<KvmVerdict> {
  const trial = tryKvm({ executable })
    .then(async (verdict) => {
      await cache.add({ kvm: { bootId, ...verdict } });
      return verdict;
    })
    .finally(() => underWay.delete(executable));
  underWay.set(executable, trial);
  return trial;
}
