/** Ends a container whose VM has ended while no daemon was there. */
import { rm } from 'node:fs/promises';
import { KILLED } from '../base/exitStatus.ts';
import { recordEvent } from '../container/recordEvent.ts';
import { recordExit } from '../container/recordExit.ts';
import { tearDownHost } from '../host/tearDownHost.ts';
import { INIT } from '../spec/guestSpec.ts';
import type { RecordedProcess } from '../state/containerRecord.ts';
import { setAside } from '../state/setAside.ts';
import { writeState } from '../state/writeState.ts';
import type { Found } from './findRecords.ts';
import { finish } from './finish.ts';
import { comeBack } from './recordedStdio.ts';
import type { Recovering } from './recoverPod.ts';

/** @param why the VM has ended */
export async function endContainer(recovering: Recovering, { dir, record, aside }: Found, why: string): Promise<void> {
  const { context } = recovering;
  const { id, runv, status } = record;
  const over = aside || status === 'stopped';
  if (!over) context.logger.warn({ id, detail: why }, 'the VM of a container ended while no daemon was there');
  const ends = await logEnds(recovering, record, over, why);
  // The record of one that nobody wants any more, until its shims are told.
  let leaving = aside ? dir : undefined;
  if (!over) {
    const exitStatus = ends.find(({ process }) => process.id === INIT)?.status ?? KILLED;
    await writeState(dir, { ...record, status: 'stopped', pid: 0, runv: { ...runv, exitStatus } });
    if (!runv.keep) leaving = await setAside(dir);
  }
  if (leaving) await tearDownHost(record, context.logger);
  const told = async () => {
    // Whoever waits for a shim finds the container stopped.
    await Promise.all(ends.map((end) => tellShim(recovering, end)));
    if (leaving) await rm(leaving, { recursive: true, force: true });
  };
  finish(context, told());
}

interface End {
  readonly process: RecordedProcess;
  readonly status: number;
}

async function logEnds(
  { context, log }: Recovering,
  record: Found['record'],
  over: boolean,
  why: string,
): Promise<End[]> {
  const { id, runv, status } = record;
  const since = runv.events ?? 0;
  if (!over && status !== 'created' && !log.hasStart(id, since))
    await recordEvent(context, { id, type: 'start-container' });
  const ends: End[] = [];
  // The first process is the last to end.
  const processes = [...(runv.processes ?? [])].sort((a, b) => Number(a.id === INIT) - Number(b.id === INIT));
  for (const process of processes) {
    const logged = log.exitOf(id, process.id, process.events);
    if (logged === undefined && !over) {
      if (process.id !== INIT && !log.hasProcessStart(id, process.id, process.events))
        await recordEvent(context, { id, type: 'start-process', pid: process.id });
      await recordExit(context, id, process.id, { status: KILLED, reason: why });
    }
    ends.push({ process, status: logged ?? (over ? (runv.exitStatus ?? KILLED) : KILLED) });
  }
  return ends;
}

async function tellShim({ context, findStdio }: Recovering, { process, status }: End): Promise<void> {
  const { shim, stdio } = await comeBack(findStdio, process, { stdinFrom: undefined, logger: context.logger });
  const told = shim ?? stdio.carrier;
  told?.end(status);
  await told?.exited;
}
