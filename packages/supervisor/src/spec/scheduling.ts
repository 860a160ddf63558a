/** Translates the names in process.scheduler, process.ioPriority and linux.personality into the kernel's numbers. */
import type { ProcessSpec } from '@runv/hyperstart';
import type { Linux, Process } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';

const POLICIES = new Map([
  ['SCHED_OTHER', 0],
  ['SCHED_FIFO', 1],
  ['SCHED_RR', 2],
  ['SCHED_BATCH', 3],
  ['SCHED_IDLE', 5],
  ['SCHED_DEADLINE', 6],
]);

const FLAGS = new Map([
  ['SCHED_FLAG_RESET_ON_FORK', 0x01],
  ['SCHED_FLAG_RECLAIM', 0x02],
  ['SCHED_FLAG_DL_OVERRUN', 0x04],
  ['SCHED_FLAG_KEEP_POLICY', 0x08],
  ['SCHED_FLAG_KEEP_PARAMS', 0x10],
  ['SCHED_FLAG_UTIL_CLAMP_MIN', 0x20],
  ['SCHED_FLAG_UTIL_CLAMP_MAX', 0x40],
]);

const IO_CLASSES = new Map([
  ['IOPRIO_CLASS_RT', 1],
  ['IOPRIO_CLASS_BE', 2],
  ['IOPRIO_CLASS_IDLE', 3],
]);

const DOMAINS = new Map([
  ['LINUX', 0],
  ['LINUX32', 8],
]);

/** @throws SupervisorError `INVALID` for an unknown name */
export function scheduling(
  { scheduler, ioPriority }: Process,
  { personality }: Linux,
): Pick<ProcessSpec, 'scheduler' | 'ioPriority' | 'personality'> {
  return {
    scheduler: scheduler && {
      policy: numberOf(POLICIES, scheduler.policy, 'process.scheduler.policy'),
      nice: scheduler.nice,
      priority: scheduler.priority,
      flags: (scheduler.flags ?? []).reduce(
        (flags, name) => flags | numberOf(FLAGS, name, 'process.scheduler.flags'),
        0,
      ),
      runtime: scheduler.runtime,
      deadline: scheduler.deadline,
      period: scheduler.period,
    },
    ioPriority: ioPriority && {
      class: numberOf(IO_CLASSES, ioPriority.class, 'process.ioPriority.class'),
      priority: ioPriority.priority ?? 0,
    },
    personality: personality && domainOf(personality),
  };
}

function domainOf({ domain, flags = [] }: NonNullable<Linux['personality']>): number {
  if (flags.length > 0)
    throw new SupervisorError(
      'INVALID',
      `linux.personality.flags has ${JSON.stringify(flags[0])}; the runtime-spec knows none`,
    );
  return numberOf(DOMAINS, domain, 'linux.personality.domain');
}

function numberOf(names: ReadonlyMap<string, number>, name: string, field: string): number {
  const number = names.get(name);
  if (number === undefined)
    throw new SupervisorError(
      'INVALID',
      `${field} is ${JSON.stringify(name)}; expected ${[...names.keys()].join(', ')}`,
    );
  return number;
}
