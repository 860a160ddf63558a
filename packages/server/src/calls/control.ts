/** runv.Control: what runv's own commands need beyond types.API. */
import type { control } from '@runv/api';
import { execSpec, INIT, parseUpdate } from '@runv/supervisor';
import { openFifos } from '../fifo/openFifos.ts';
import type { CallContext } from '../unary.ts';

export async function create(
  { supervisor, shims }: CallContext,
  request: control.CreateRequest,
  signal: AbortSignal,
): Promise<control.CreateResponse> {
  const { id, bundle, stdin, stdout, stderr, labels, shim, root, discard } = request;
  const container = await supervisor.createContainer({
    id,
    bundlePath: bundle,
    labels,
    ...(shim ? shims.request(shim) : { stdio: openFifos(shims, { id, process: INIT }, { stdin, stdout, stderr }) }),
    start: false,
    keep: !discard,
    root: root || undefined,
    systemdCgroup: request.systemd_cgroup,
    mountsOf: request.mounts_of,
    signal,
  });
  return { pid: container.pid };
}

export async function exec(
  { supervisor, shims }: CallContext,
  { id, process_id: processId, process, shim }: control.ExecRequest,
  signal: AbortSignal,
): Promise<control.ExecResponse> {
  const { initSpec } = await supervisor.found(id);
  const spec = await execSpec(processId, process, initSpec);
  await supervisor.addProcess(id, { process: spec, ...shims.request(shim), signal });
  return {};
}

export async function start({ supervisor }: CallContext, { id }: control.StartRequest): Promise<control.StartResponse> {
  await supervisor.startContainer(id);
  return {};
}

export async function update(
  { supervisor }: CallContext,
  { id, resources }: control.UpdateRequest,
): Promise<control.UpdateResponse> {
  const note = await supervisor.updateContainer(id, await parseUpdate(resources));
  return { note: note ?? '' };
}

export async function remove(
  { supervisor }: CallContext,
  { id, force, root }: control.DeleteRequest,
): Promise<control.DeleteResponse> {
  await supervisor.deleteContainer(id, { force, root: root || undefined });
  return {};
}

export async function handOver({ supervisor, onHandedOver }: CallContext): Promise<control.HandOverResponse> {
  await supervisor.handOver();
  onHandedOver();
  return {};
}

export async function info({ supervisor, about }: CallContext): Promise<control.InfoResponse> {
  return { ...about, guest_kernel: supervisor.guestKernel ?? '', pid: process.pid };
}
