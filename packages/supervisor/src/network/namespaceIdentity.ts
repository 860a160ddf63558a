/** What tells a network namespace from another one, of which a path says nothing once a process has ended. */
import type { FileHandle } from 'node:fs/promises';
import type { RecordedNetwork } from '../state/podRecord.ts';
import { openNamespace } from './hostNetwork.ts';

/** The kernel gives no two living ones the same. */
export async function identityOf(namespace: FileHandle): Promise<string> {
  const { dev, ino } = await namespace.stat({ bigint: true });
  return `${dev}:${ino}`;
}

/** @param others paths where it may be as well @returns a path of it; the recorded one where it is nowhere */
export async function findNamespace(
  { netns, identity }: Pick<RecordedNetwork, 'netns' | 'identity'>,
  others: readonly string[],
): Promise<string> {
  for (const path of [netns, ...others]) {
    const handle = await openNamespace(path).catch(() => undefined);
    if (handle && (await identityOf(handle).finally(() => handle.close())) === identity) return path;
  }
  return netns;
}
