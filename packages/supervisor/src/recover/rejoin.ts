/** Joins a process of an earlier daemon with what the guest has of it, and with its stdio. */
import type { GuestProcess, ListedProcess } from '@runv/hyperstart';
import type { Process } from '../process/process.ts';
import type { RecordedProcess } from '../state/containerRecord.ts';
import { endedProcess } from './endedProcess.ts';
import { comeBack } from './recordedStdio.ts';
import type { RecoveredPod } from './recoverPod.ts';

export interface Rejoining {
  readonly recorded: RecordedProcess;
  /** The exit status of one that the guest has forgotten. */
  readonly status: number;
  /** As `Process.attach` has it. */
  readonly signal: (number: number) => Promise<void>;
}

/** @param listed what the guest says of it; undefined: it has forgotten it */
export function rejoin(
  { context, pod, findStdio }: RecoveredPod,
  process: Process,
  listed: ListedProcess | undefined,
  { recorded, status, signal }: Rejoining,
): GuestProcess {
  const guest = listed ? pod.session.adopt(listed) : endedProcess(process.id, status, process.spec.terminal);
  const stdinFrom = listed?.state === 'ended' ? undefined : listed?.received;
  process.attachLater(guest, comeBack(findStdio, recorded, { stdinFrom, logger: context.logger }), signal);
  pod.attach(process);
  return guest;
}
