/** VM requirements: how large a VM a bundle needs. */
import { type Resources, type Spec, USUAL_CPU_PERIOD } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';
import { criRole, sandboxLimits } from './cri.ts';

/** CPUs may be fractional. Absent: the bundle does not say. */
export interface VmRequirements {
  readonly cpus?: number | undefined;
  readonly memoryMiB?: number | undefined;
  /** They are the whole pod's: the requirements of its other containers are contained in them. */
  readonly ofPod?: boolean | undefined;
}

/** Annotations for the VM itself, for which the runtime-spec has no field. They override linux.resources. */
export const CPUS_ANNOTATION = 'io.runv.vm.cpus';
/** In MiB. */
export const MEMORY_ANNOTATION = 'io.runv.vm.memory';

const MIB = 2 ** 20;

/** @throws SupervisorError `INVALID` for an annotation that is not a number */
export function vmRequirements(spec: Spec): VmRequirements {
  const { annotations = {}, linux } = spec;
  const resources = resourceRequirements(linux?.resources ?? {});
  const role = criRole(spec);
  // CRI gives a pod's annotations to each of its containers.
  if (role === 'container') return resources;
  const sandbox = role === 'sandbox' ? resourceRequirements(sandboxLimits(spec)) : undefined;
  return {
    cpus: whole(annotations, CPUS_ANNOTATION) ?? sandbox?.cpus ?? resources.cpus,
    memoryMiB: whole(annotations, MEMORY_ANNOTATION) ?? sandbox?.memoryMiB ?? resources.memoryMiB,
    ...(sandbox && { ofPod: true }),
  };
}

export function resourceRequirements({ cpu, memory }: Resources): VmRequirements {
  const [quota, period, limit] = [cpu?.quota ?? 0, cpu?.period || USUAL_CPU_PERIOD, memory?.limit ?? 0];
  return {
    cpus: quota > 0 ? quota / period : undefined,
    memoryMiB: limit > 0 && Number.isSafeInteger(limit) ? Math.ceil(limit / MIB) : undefined,
  };
}

function whole(annotations: Readonly<Record<string, string>>, name: string): number | undefined {
  const text = annotations[name];
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new SupervisorError(
      'INVALID',
      `annotation ${name} is ${JSON.stringify(text)}; it is a whole number from 1 on`,
    );
  return Number(text);
}

/** The size that all of them need together, and at least `least`. */
export function totalRequirements(all: Iterable<VmRequirements>, least: { cpus: number; memoryMiB: number }) {
  let [cpus, memoryMiB] = [0, 0];
  let [podCpus, podMemoryMiB] = [least.cpus, least.memoryMiB];
  for (const requirements of all) {
    const { cpus: ownCpus = 0, memoryMiB: ownMemoryMiB = 0 } = requirements;
    if (requirements.ofPod) {
      podCpus = Math.max(podCpus, ownCpus);
      podMemoryMiB = Math.max(podMemoryMiB, ownMemoryMiB);
    } else {
      cpus += ownCpus;
      memoryMiB += ownMemoryMiB;
    }
  }
  return { cpus: Math.ceil(Math.max(cpus, podCpus)), memoryMiB: Math.max(memoryMiB, podMemoryMiB) };
}
