/** Takes over a container that runs, or whose end an earlier daemon has not carried out. */
import { GuestError } from '@runv/hyperstart';
import { KILLED, SIGKILL } from '../base/exitStatus.ts';
import { Undo } from '../base/undo.ts';
import { Container } from '../container/container.ts';
import { daemonOf } from '../container/daemonOf.ts';
import { signalInit } from '../container/killInit.ts';
import { runPoststartHooks } from '../container/poststartHooks.ts';
import { recordEvent } from '../container/recordEvent.ts';
import { watchExit } from '../container/watchExit.ts';
import { Process } from '../process/process.ts';
import { INIT, initSpec } from '../spec/guestSpec.ts';
import { vmRequirements } from '../spec/vmRequirements.ts';
import { decodeSpec, type RecordedProcess } from '../state/containerRecord.ts';
import { readSavedBundle } from '../state/savedBundle.ts';
import type { Found } from './findRecords.ts';
import { isWanted } from './recordedStdio.ts';
import type { RecoveredPod } from './recoverPod.ts';
import { rejoin } from './rejoin.ts';

/** Resolves when the container is in the table, and its log and record are true. */
export async function recoverContainer(from: RecoveredPod, found: Found): Promise<void> {
  const { context, pod, listing } = from;
  const { record, dir } = found;
  const { id, runv } = record;
  const since = runv.events ?? 0;
  const { bundle, seccomp } = await readSavedBundle(dir);
  const mounts = new Undo();
  if (runv.files) {
    const files = pod.share.restore(runv.files);
    mounts.push(() => files.release());
  }
  pod.join(id, runv.requirements ?? vmRequirements(bundle.spec));
  pod.admit(id);
  const frozen = listing.takeContainer(id) ?? false;
  const recorded = runv.processes ?? [];
  const first = recorded.find((process) => process.id === INIT);
  const spec = { ...initSpec(bundle.spec.process, bundle.spec.linux), seccomp };
  const init = new Process(spec, { paths: first?.paths ?? NO_PATHS }, since, first?.shim);
  const container = new Container({
    ...{ id, bundle, labels: runv.labels, pod, init, stateDir: dir, keep: runv.keep, events: since, mounts },
    ...{ cgroups: runv.cgroups ?? [], pid: record.pid, created: runv.created, resources: runv.resources },
    daemon: daemonOf(context),
  });
  container.files = runv.files;
  container.status = record.status;
  container.exitStatus = runv.exitStatus;
  pod.session.adoptContainer(id);
  context.containers.set(id, container);
  await completeStart(from, container, since);
  for (const process of recorded) {
    const known = process.id === INIT ? init : fromRecord(process);
    container.processes.set(process.id, known);
    await recoverProcess(from, container, known, process);
  }
  if (record.status !== 'created') await completePause(from, container, since, frozen);
  // Where it cannot be written, or the container has ended meanwhile, the old one says enough.
  await container
    .record(false)
    .catch((error: unknown) =>
      context.logger.warn({ err: error, id }, 'the record of a container could not be written'),
    );
}

const NO_PATHS = { stdin: '', stdout: '', stderr: '' };

function fromRecord({ spec, paths, shim, events }: RecordedProcess): Process {
  return new Process(decodeSpec(spec), { paths }, events, shim);
}

/** A start that the earlier daemon had begun is finished: its program runs, or has run. */
async function completeStart(
  { context, log, listing }: RecoveredPod,
  container: Container,
  since: number,
): Promise<void> {
  const { id } = container;
  // A short program may have ended already.
  const ran = listing.processes.some(
    (one) => one.container === id && one.id === INIT && (one.ran ?? one.state === 'running'),
  );
  const begun = container.status === 'created' && ran;
  if (begun) await container.become('running').catch(() => {});
  if (container.status === 'created') return;
  if (!log.hasStart(id, since)) await recordEvent(context, { id, type: 'start-container' });
  if (begun)
    await runPoststartHooks(context, container).catch((error: unknown) =>
      context.logger.warn({ err: error, id }, 'a poststart hook failed'),
    );
}

async function recoverProcess(
  from: RecoveredPod,
  container: Container,
  process: Process,
  recorded: RecordedProcess,
): Promise<void> {
  const { context, pod, log, listing } = from;
  const listed = listing.takeProcess(container.id, process.id, recorded.session);
  const exit = log.exitOf(container.id, process.id, process.events);
  process.committed = true;
  // What the guest has forgotten the earlier daemon had logged.
  process.exitLogged = exit !== undefined || (!listed && log.isForgotten(process.events));
  const signal = (number: number) =>
    process.id === INIT ? signalInit(context, container, number) : pod.session.signal(container.id, process.id, number);
  const guest = rejoin(from, process, listed, { recorded, status: exit ?? KILLED, signal });
  if (container.status !== 'created') process.started();
  if (process.id !== INIT && !log.hasProcessStart(container.id, process.id, process.events) && exit === undefined)
    await recordEvent(context, { id: container.id, type: 'start-process', pid: process.id });
  watchExit(context, container, process, guest);
  // Its shim was killed meanwhile, and so is it.
  if (!isWanted(recorded) && listed && listed.state !== 'ended') await signal(SIGKILL).catch(ignoreGone);
}

/** A pause, or a resume, that the earlier daemon had begun. */
async function completePause(
  { context, pod, log }: RecoveredPod,
  container: Container,
  since: number,
  frozen: boolean,
): Promise<void> {
  const { id } = container;
  if (container.status === 'running' && frozen) await pod.session.thaw(id).catch(ignoreGone);
  if (container.status === 'paused' && !frozen && container.processes.has(INIT))
    await container.become('running').catch(() => {});
  const paused = container.status === 'paused';
  const logged = log.isPaused(id, since);
  if (container.processes.has(INIT) && logged !== undefined && logged !== paused)
    await recordEvent(context, { id, type: paused ? 'pause' : 'resume' });
}

/** What has ended needs neither. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof GuestError)) throw error;
}
