/** VM requirements: how large a VM a bundle needs. */
import { type Resources, type Spec, USUAL_CPU_PERIOD } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';

/** CPUs may be fractional. Absent: the bundle does not say. */
export interface VmRequirements {
  readonly cpus?: number | undefined;
  readonly memoryMiB?: number | undefined;
}

/** Annotations for the VM itself, for which the runtime-spec has no field. They override linux.resources. */
export const CPUS_ANNOTATION = 'io.runv.vm.cpus';
/** In MiB. */
export const MEMORY_ANNOTATION = 'io.runv.vm.memory';

const MIB = 2 ** 20;

/** @throws SupervisorError `INVALID` for an annotation that is not a number */
export function vmRequirements({ annotations = {}, linux }: Spec): VmRequirements {
  const resources = resourceRequirements(linux?.resources ?? {});
  return {
    cpus: whole(annotations, CPUS_ANNOTATION) ?? resources.cpus,
    memoryMiB: whole(annotations, MEMORY_ANNOTATION) ?? resources.memoryMiB,
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
  for (const requirements of all) {
    cpus += requirements.cpus ?? 0;
    memoryMiB += requirements.memoryMiB ?? 0;
  }
  return { cpus: Math.max(Math.ceil(cpus), least.cpus), memoryMiB: Math.max(memoryMiB, least.memoryMiB) };
}
