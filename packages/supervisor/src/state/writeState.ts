/** `<state-dir>/<id>/state.json`: the OCI state, and what runv needs to find the container again. */
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hook } from '@runv/oci';
import type { ContainerStatus } from '../base/stateMachine.ts';

export interface ContainerRecord {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: ContainerStatus;
  /** The container's process on the host: its shim, or else its VM. 0 once stopped. */
  readonly pid: number;
  readonly bundle: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly runv: {
    /** RFC 3339 */
    readonly created: string;
    readonly labels: readonly string[];
    /** The id of the container whose VM it shares; its own where it has one. */
    readonly pod: string;
    readonly vm: { readonly id: string; readonly pid: number; readonly dir: string };
    readonly daemon: { readonly pid: number; readonly containerdDir: string; readonly socket: string };
    /** Whether it stays, once stopped, until it is deleted. */
    readonly keep: boolean;
    readonly exitStatus?: number | undefined;
    /** Absolute path. */
    readonly rootfs?: string | undefined;
    /** The control groups on the host that are its own. */
    readonly cgroups?: readonly string[] | undefined;
    /** What the bundle wants run once it is deleted. */
    readonly poststop?: readonly Hook[] | undefined;
  };
}

/**
 * Replaces the record atomically: a reader sees the old one or the new one, whole. After a power cut either may be there, which is
 * why the directory is not synced (0.5 ms on a disk): the VM that the record describes has not survived that.
 */
export async function writeState(dir: string, record: ContainerRecord): Promise<void> {
  const temporary = join(dir, '.state.json');
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(dir, 'state.json'));
}
