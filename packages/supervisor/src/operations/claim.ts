/** The first step of a create: claims the id, and reads the bundle. */
import { resolve } from 'node:path';
import { type Bundle, readBundle, type Spec, validateId } from '@runv/oci';
import { phase } from '@runv/timeline';
import { SupervisorError } from '../base/errors.ts';
import type { Undo } from '../base/undo.ts';
import type { Context } from '../container/context.ts';
import { daemonOf } from '../container/daemonOf.ts';
import { ignoredFields } from '../spec/ignored.ts';
import { claimId } from '../state/claimId.ts';
import type { ContainerRecord } from '../state/containerRecord.ts';
import { refuseOtherRoots } from '../state/refuseOtherRoots.ts';
import type { CreateContainerRequest } from './createRequest.ts';

/** `ociVersion` of a record until the bundle has been read. */
const OCI_VERSION = '1.0.2';

export interface Claim {
  readonly id: string;
  /** The container's own directory, for its record. */
  readonly stateDir: string;
  /** Where the container's events begin in the log. */
  readonly events: number;
  /** What a daemon that comes after a crash finds of the create. */
  readonly record: ContainerRecord;
  readonly daemon: ContainerRecord['runv']['daemon'];
  readonly bundle: Bundle;
}

/** @throws SupervisorError `INVALID` | `ALREADY_EXISTS`; BundleError */
export async function claim(context: Context, request: CreateContainerRequest, undo: Undo): Promise<Claim> {
  const { options, logger } = context;
  const id = checkedId(request.id);
  const daemon = daemonOf(context);
  const events = context.events.end;
  const record = claimRecord(id, request, daemon);
  const dir = await phase('take the id', async () => {
    await Promise.all([context.releasing.get(id), context.recovering.get(id)]);
    const root = resolve(request.root ?? options.stateDir);
    await context.roots.add(root);
    const taken = await claimId(root, record);
    undo.push(taken.release);
    refuseOtherRoots(context, id, root);
    return taken.dir;
  });
  const bundle = await phase('read the bundle', () => readBundle(request.bundlePath));
  warnOfIgnored(logger, id, bundle.spec);
  return { id, stateDir: dir, events, daemon, bundle, record };
}

/** Names that begin with a dot are the daemon's own in the state directory. */
function checkedId(id: string): string {
  if (id.startsWith('.'))
    throw new SupervisorError('INVALID', `container id ${JSON.stringify(id)}: it cannot begin with a dot`);
  return validateId(id);
}

/** Tells anyone who finds the id taken, even after this daemon died, which daemon took it. */
function claimRecord(id: string, request: CreateContainerRequest, daemon: Claim['daemon']): ContainerRecord {
  const { bundlePath: bundle, keep, labels = [] } = request;
  const vm = { id: '', pid: 0, dir: '' };
  const runv = { created: new Date().toISOString(), pod: '', vm, daemon, keep, labels };
  return { ociVersion: OCI_VERSION, id, status: 'creating', pid: 0, bundle, annotations: {}, runv };
}

function warnOfIgnored(logger: Context['logger'], id: string, spec: Spec): void {
  const ignored = ignoredFields(spec);
  if (Object.keys(ignored).length > 0) logger.warn({ id, ignored }, 'config.json asks for what a VM does not have');
}
