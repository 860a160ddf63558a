/** Adds memory to a VM whose containers run short of it. */
import type { Pod } from '../pod/pod.ts';
import type { Context } from './context.ts';
import { limitPod } from './limitPod.ts';

/** Twice as much each time, up to `mostMemoryMiB`. Call it when the pod has a session. */
export function watchMemory(context: Context, pod: Pod): void {
  const { options, logger, closing } = context;
  const most = options.mostMemoryMiB ?? 0;
  const add = async () => {
    const { cpus, memoryMiB } = pod.vm.size;
    const wanted = Math.min(most, 2 * memoryMiB);
    if (wanted <= memoryMiB) return;
    await pod.grow({ cpus, memoryMiB: wanted }, closing);
    logger.info(
      { pod: pod.id, vm: pod.vm.id, memoryMiB: pod.vm.size.memoryMiB },
      'a pod ran short of memory, and has more',
    );
    await limitPod(context, pod);
  };
  // A guest that says so without end has one turn under way, and one that waits.
  let [asked, adding] = [false, false];
  const addWhileAsked = async () => {
    while (asked) {
      asked = false;
      await add();
    }
  };
  pod.session.onMemoryShort = () => {
    asked = true;
    if (adding) return;
    adding = true;
    void addWhileAsked()
      .catch((error: unknown) =>
        logger.warn({ err: error, pod: pod.id }, 'a pod runs short of memory, and its VM did not grow'),
      )
      .finally(() => {
        adding = false;
      });
  };
}
