/** Refuses the host's own network, which a VM cannot use. */
import { stat } from 'node:fs/promises';
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

/** Redirecting the host's own interfaces would cut the host off. @throws SupervisorError `INVALID` | `NOT_FOUND` */
export async function refuseOwnNamespace(netns: string): Promise<void> {
  const [asked, own] = await Promise.all([netns, '/proc/self/ns/net'].map((path) => stat(path))).catch(
    (error: unknown) => {
      throw new SupervisorError('NOT_FOUND', `there is no network namespace ${netns}`, { cause: error });
    },
  );
  if (asked?.ino === own?.ino && asked?.dev === own?.dev)
    throw new SupervisorError('INVALID', `${netns} is the host's own network namespace: ${WORDS}`);
}
