/** AddProcess: one more program in a running container. What the request leaves out is as init has it. */
import type { types } from '@runv/api';
import type { ProcessSpec } from '@runv/supervisor';
import { openFifos } from '../fifo/openFifos.ts';
import type { CallContext } from '../unary.ts';

export async function addProcess(
  { supervisor, shims, logger }: CallContext,
  request: types.AddProcessRequest,
  signal: AbortSignal,
): Promise<types.AddProcessResponse> {
  const init = (await supervisor.found(request.id)).initSpec;
  const { stdin, stdout, stderr, apparmorProfile, selinuxLabel } = request;
  if (apparmorProfile || selinuxLabel) {
    logger.warn(
      { id: request.id, process: request.pid, apparmorProfile, selinuxLabel },
      "the host's AppArmor and SELinux have no meaning in a VM; ignored",
    );
  }
  await supervisor.addProcess(request.id, {
    process: toSpec(request, init),
    stdio: openFifos(shims, { id: request.id, process: request.pid }, { stdin, stdout, stderr }),
    signal,
  });
  return {};
}

function toSpec(request: types.AddProcessRequest, init: ProcessSpec): ProcessSpec {
  const { user, capabilities: names, rlimits } = request;
  const all = { bounding: names, effective: names, inheritable: names, permitted: names };
  return {
    // Its filter, umask and priorities: the request has no words for them.
    ...init,
    size: undefined,
    id: request.pid,
    terminal: request.terminal,
    args: request.args,
    env: request.env.length > 0 ? request.env : init.env,
    cwd: request.cwd || init.cwd,
    uid: user?.uid ?? init.uid,
    gid: user?.gid ?? init.gid,
    additionalGids: user?.additionalGids ?? init.additionalGids,
    capabilities: names.length > 0 ? all : init.capabilities,
    rlimits: rlimits.length > 0 ? rlimits : init.rlimits,
    noNewPrivileges: request.noNewPrivileges || init.noNewPrivileges,
  };
}
