/** CRI's annotations: what a container is to its pod, and, of a pod's first one, what all that follow may use together. */
import type { Spec } from '@runv/oci';

const PREFIX = 'io.kubernetes.cri';

/** `sandbox` is a pod's first container, `container` each that follows; undefined where it is no pod of CRI's. */
export function criRole({ annotations = {} }: Pick<Spec, 'annotations'>): string | undefined {
  return annotations[`${PREFIX}.container-type`];
}

/** Of the whole pod; 0 where it is not limited. Memory in bytes. */
export function sandboxLimits({ annotations = {} }: Pick<Spec, 'annotations'>) {
  const value = (name: string) => Number(annotations[`${PREFIX}.sandbox-${name}`] ?? 0);
  return {
    cpu: { quota: value('cpu-quota'), period: value('cpu-period') },
    memory: { limit: value('memory') },
  };
}
