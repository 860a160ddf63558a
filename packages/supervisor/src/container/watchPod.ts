/** Listens to what a guest says of its containers by itself. */
import type { Pod } from '../pod/pod.ts';
import type { Context } from './context.ts';
import { outOfMemory } from './outOfMemory.ts';
import { watchMemory } from './watchMemory.ts';

/** Call it when the pod has a session. */
export function watchPod(context: Context, pod: Pod): void {
  pod.session.onOom = (container) => outOfMemory(context, pod, container);
  watchMemory(context, pod);
}
