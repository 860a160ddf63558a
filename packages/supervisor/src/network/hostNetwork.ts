/** Opens network namespaces, and refuses the host's own, which a VM cannot use. */
import { constants } from 'node:fs';
import { type FileHandle, open, readlink, stat } from 'node:fs/promises';
import type { Spec } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';

const WORDS =
  "a VM has a network stack of its own and cannot use the host's: give the container a network, not --network host";

/**
 * Refuses a bundle without a network namespace: to an engine that means the host's network. Only containers with a shim are
 * checked, because engines use these.
 *
 * @throws SupervisorError `INVALID`
 */
export function refuseHostNetwork({ linux }: Pick<Spec, 'linux'>): void {
  if (linux?.namespaces?.some(({ type }) => type === 'network')) return;
  throw new SupervisorError('INVALID', `the bundle has no linux.namespaces entry of the type network: ${WORDS}`);
}

/**
 * Opens a network namespace. The host's own is refused: redirecting its interfaces would cut the host off.
 *
 * @throws SupervisorError `INVALID` | `NOT_FOUND`
 */
export async function openNamespace(netns: string): Promise<FileHandle> {
  const [asked, own] = await Promise.all([netns, '/proc/self/ns/net'].map((path) => stat(path))).catch(
    (error: unknown) => {
      throw new SupervisorError('NOT_FOUND', `there is no network namespace ${netns}`, { cause: error });
    },
  );
  if (asked?.dev !== own?.dev) throw none(netns);
  if (asked?.ino === own?.ino)
    throw new SupervisorError('INVALID', `${netns} is the host's own network namespace: ${WORDS}`);
  // By now it may be a FIFO.
  const handle = await open(netns, constants.O_RDONLY | constants.O_NONBLOCK);
  // `pid:[4026531836]`, or the path where it is mounted. One of another kind that is mounted is refused when it is entered.
  const [, kind = 'net'] = /^(\w+):\[/.exec(await readlink(`/proc/self/fd/${handle.fd}`)) ?? [];
  if (kind === 'net') return handle;
  await handle.close();
  throw none(netns);
}

function none(netns: string): SupervisorError {
  return new SupervisorError('INVALID', `${netns} is no network namespace`);
}
