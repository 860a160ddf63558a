/** runv.Control: what runv's own commands need beyond types.API. */
import type { control } from '@runv/api';
import { openFifos } from '../fifo/openFifos.ts';
import type { CallContext } from '../unary.ts';

export async function create(
  { supervisor }: CallContext,
  request: control.CreateRequest,
): Promise<control.CreateResponse> {
  const { id, bundle, stdin, stdout, stderr, labels } = request;
  const stdio = openFifos({ stdin, stdout, stderr });
  const container = await supervisor.createContainer({
    id,
    bundlePath: bundle,
    labels,
    stdio,
    start: false,
    keep: true,
  });
  return { pid: container.pod.vm.pid };
}

export async function start({ supervisor }: CallContext, { id }: control.StartRequest): Promise<control.StartResponse> {
  await supervisor.startContainer(id);
  return {};
}

export async function remove(
  { supervisor }: CallContext,
  { id, force }: control.DeleteRequest,
): Promise<control.DeleteResponse> {
  await supervisor.deleteContainer(id, force);
  return {};
}

export async function info({ supervisor, about }: CallContext): Promise<control.InfoResponse> {
  return { ...about, guest_kernel: supervisor.guestKernel ?? '', pid: process.pid };
}
