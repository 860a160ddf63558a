/** What each line of the log about a container has. */
import type { Container } from './container.ts';

export function fieldsOf({ id, pod }: Pick<Container, 'id' | 'pod'>): { id: string; pod: string; vm: string } {
  return { id, pod: pod.id, vm: pod.vm.id };
}
