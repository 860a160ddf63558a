/** Warms a guest up: runs a small program in a container, so that the next container finds all loaded, made and translated. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FactoryVm } from '@runv/factory';
import { type ContainerSpec, type GuestSession, SHARE_TAG, warmUpProgram } from '@runv/hyperstart';
import { defaultSpec } from '@runv/oci';
import { abortable } from '../base/abortable.ts';
import { Share } from '../host/share.ts';
import { warmUpNetwork } from '../network/warmUpNetwork.ts';
import { ROOTFS } from '../spec/bundleMounts.ts';
import { guestMounts, initSpec } from '../spec/guestSpec.ts';
import { isolationSpec } from '../spec/isolationSpec.ts';

const ID = 'warm-up';
const VOLUME = 'volume';
const POD = { id: ID, containers: new Set<string>(), vm: { size: { cpus: 1 } } };

/** Leaves nothing in the guest or in the share. */
export async function warmUp(vm: FactoryVm, session: GuestSession, signal: AbortSignal): Promise<void> {
  const dir = join(vm.dir, ID);
  const [rootfs, volume] = [join(dir, ROOTFS), join(dir, VOLUME)];
  await mkdir(rootfs, { recursive: true });
  await writeFile(join(rootfs, 'true'), warmUpProgram, { mode: 0o755 });
  await writeFile(volume, '');
  const share = new Share(vm, VOLUME);
  try {
    const files = await share.add(ID, rootfs, [{ source: volume, readonly: false, recursive: false }]);
    // The entropy of SETCLOCK comes first: no program may run with a random pool that another clone has too.
    await session.setClock(signal);
    await session.startPod({ hostname: ID, shareTag: SHARE_TAG }, signal);
    await runProgram(session, warmUpSpec(files.names[0] ?? ''), signal);
    await session.removeContainer(ID);
    await files.release();
  } finally {
    await share.close();
  }
  await rm(dir, { recursive: true });
  await warmUpNetwork(vm, session, signal);
}

async function runProgram(session: GuestSession, spec: ContainerSpec, signal: AbortSignal): Promise<void> {
  const guest = await session.newContainer(spec, signal);
  for (const stream of [guest.stdio, guest.stderr]) stream?.resume();
  guest.stdio.end();
  await abortable(guest.exited, { signal });
}

/** A container like most: the default spec, with a bind mount. */
function warmUpSpec(volume: string): ContainerSpec {
  const spec = defaultSpec();
  const { process, mounts = [], hostname } = spec;
  const usual = mounts.map(({ destination, type = '', source = '', options = [] }) => {
    return { destination, type, source, options };
  });
  const hosts = { destination: '/etc/hosts', type: 'bind', source: volume, options: ['rbind'] };
  return {
    id: ID,
    image: ID,
    rootfs: ROOTFS,
    hostname,
    readonly: false,
    mounts: guestMounts([...usual, hosts]),
    process: { ...initSpec(process), terminal: false, args: ['/true'], noNewPrivileges: true },
    created: false,
    isolation: isolationSpec({ spec, id: ID, path: '/' }, POD),
  };
}
