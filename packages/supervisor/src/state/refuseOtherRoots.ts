/** A daemon may serve several roots, and knows a container by its id alone: one that another root has is taken too. */
import { dirname } from 'node:path';
import { SupervisorError } from '../base/errors.ts';
import type { Context } from '../container/context.ts';

/**
 * Of creates of one id in several roots at once the first one gets it.
 *
 * @param root where the id has been claimed, by a create under way
 * @throws SupervisorError `ALREADY_EXISTS`
 */
export function refuseOtherRoots({ containers, creating }: Context, id: string, root: string): void {
  const known = containers.get(id);
  const [first] = [...creating].filter((creation) => creation.id === id);
  const other = [known && dirname(known.stateDir), first?.root].find((place) => place !== undefined && place !== root);
  if (other === undefined) return;
  throw new SupervisorError(
    'ALREADY_EXISTS',
    `container ${id} exists already in ${other}, another root of this daemon; choose another id, or a daemon of its own for ${root}`,
  );
}
