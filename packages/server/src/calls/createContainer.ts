/** CreateContainer: from bundle to running program. */
import type { types } from '@runv/api';
import { INIT, SupervisorError } from '@runv/supervisor';
import { openFifos } from '../fifo/openFifos.ts';
import { toContainer } from '../toContainer.ts';
import type { CallContext } from '../unary.ts';

export async function createContainer(
  { supervisor, shims }: CallContext,
  request: types.CreateContainerRequest,
  signal: AbortSignal,
): Promise<types.CreateContainerResponse> {
  const { id, bundlePath, stdin, stdout, stderr, labels, checkpoint } = request;
  if (checkpoint)
    throw new SupervisorError('UNSUPPORTED', `a container cannot be made from a checkpoint (${checkpoint}) yet`);
  // noPivotRoot has no meaning here: the guest's root is an initramfs of its own, which is always left by pivot_root.
  const stdio = openFifos(shims, { id, process: INIT }, { stdin, stdout, stderr });
  const container = await supervisor.createContainer({
    id,
    bundlePath,
    labels,
    stdio,
    start: true,
    keep: false,
    signal,
  });
  return { container: toContainer(container) };
}
