/** A daemon may serve several roots, and knows a container by its id alone: an id that another root uses is taken. */
import { dirname } from 'node:path';
import { SupervisorError } from '../base/errors.ts';

export interface TakenIds {
  /** The daemon's containers, by id. */
  readonly containers: ReadonlyMap<string, { readonly stateDir: string }>;
  /** The creates under way, the earliest first. */
  readonly creating: Iterable<{ readonly id: string; readonly root: string }>;
}

/**
 * Of several creates of one id in several roots, the first one gets the id.
 *
 * @param root where a create under way has claimed the id
 * @throws SupervisorError `ALREADY_EXISTS`
 */
export function refuseOtherRoots({ containers, creating }: TakenIds, id: string, root: string): void {
  const known = containers.get(id);
  const [first] = [...creating].filter((creation) => creation.id === id);
  const other = [known && dirname(known.stateDir), first?.root].find((dir) => dir !== undefined && dir !== root);
  if (other === undefined) return;
  throw new SupervisorError(
    'ALREADY_EXISTS',
    `container ${id} exists already in ${other}, another root of this daemon; choose another id, or a daemon of its own for ${root}`,
  );
}
