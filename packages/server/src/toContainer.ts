/** Translates a container of the supervisor into the one of types.API. */
import type { types } from '@runv/api';
import type { Container, Process } from '@runv/supervisor';

export function toContainer(container: Container): types.Container {
  return {
    id: container.id,
    bundlePath: container.bundle.path,
    processes: [...container.processes.values()].map((process) => toProcess(container, process)),
    status: container.status,
    labels: [...container.labels],
    pids: [container.pid],
    runtime: 'runv',
  };
}

function toProcess(container: Container, { spec, stdio, hostPid }: Process): types.Process {
  const { capabilities } = spec;
  return {
    pid: spec.id,
    terminal: spec.terminal,
    user: { uid: spec.uid, gid: spec.gid, additionalGids: [...spec.additionalGids] },
    args: [...spec.args],
    env: [...spec.env],
    cwd: spec.cwd,
    // The process is in the guest; on the host it has its shim, or its VM.
    systemPid: hostPid ?? container.pod.vm.pid,
    ...stdio.paths,
    capabilities: [...(capabilities?.effective ?? capabilities?.bounding ?? [])],
    apparmorProfile: '',
    selinuxLabel: '',
    noNewPrivileges: spec.noNewPrivileges,
    rlimits: spec.rlimits.map(({ type, soft, hard }) => ({ type, soft: BigInt(soft), hard: BigInt(hard) })),
  };
}
