/** The tear-down of a container on the host, once it is deleted: its control groups are removed and its poststop hooks run. */
import type { Hook } from '@runv/oci';
import type { Logger } from 'pino';
import { removeCgroups } from './hostCgroup.ts';
import { runHooks } from './runHooks.ts';

/** What a container's record says of the host. */
export interface TornDownContainer {
  readonly ociVersion: string;
  readonly id: string;
  readonly bundle: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly runv: {
    /** For the log. */
    readonly pod?: string;
    readonly vm?: { readonly id: string };
    readonly cgroups?: readonly string[] | undefined;
    readonly poststop?: readonly Hook[] | undefined;
  };
}

/** A VM that may outlive the container. */
export interface VmInCgroups {
  readonly cgroups: readonly string[];
  /** Runs `work` once the VM has ended. */
  atEnd(work: () => Promise<void>): Promise<void>;
}

/**
 * Logs what fails: the container is removed all the same (runtime-spec, "Lifecycle", step 13).
 *
 * @param vm of the container, where it may go on: a control group that it is in is removed after it
 */
export async function tearDownHost(record: TornDownContainer, logger: Logger, vm?: VmInCgroups): Promise<void> {
  const { id, bundle, annotations, ociVersion, runv } = record;
  const failed = (what: string) => (error: unknown) =>
    logger.warn({ id, pod: runv.pod, vm: runv.vm?.id, err: error }, what);
  const remove = () => removeCgroups(runv.cgroups ?? []).catch(failed('a control group could not be removed'));
  if (vm && runv.cgroups?.some((dir) => vm.cgroups.includes(dir))) await vm.atEnd(remove);
  else await remove();
  const state = { ociVersion, id, status: 'stopped' as const, pid: 0, bundle, annotations };
  // A hook that fails does not prevent the next one.
  for (const hook of runv.poststop ?? [])
    await runHooks({ kind: 'poststop', hooks: [hook], state }).catch(failed('a poststop hook failed'));
}
