/** A pod as a kubelet runs one by CRI, and its containers. */
import { type Cri, IMAGE, openStream } from '@runv/testkit';

type PodConfig = NonNullable<Parameters<Cri['client']['runPodSandbox']>[0]['config']>;
type ContainerConfig = NonNullable<Parameters<Cri['client']['createContainer']>[0]['config']>;

export type CriPod = Awaited<ReturnType<typeof runPod>>;

/** A kubelet's namespaces, unless a pod says otherwise: processes are each container's own. */
const POD = 0;
const CONTAINER = 1;

let count = 0;

/** Ends with all that is in it when the block ends. */
export async function runPod({ client, sandbox, cgroups }: Cri, { linux, ...more }: PodConfig = {}, handler = 'runv') {
  count += 1;
  const config: PodConfig = {
    metadata: { name: `pod-${count}`, uid: `${count}`, namespace: 'test', attempt: 0 },
    hostname: `pod-${count}`,
    log_directory: sandbox.path(`logs-${count}`),
    ...more,
    linux: {
      cgroup_parent: `/${cgroups}`,
      security_context: { namespace_options: { network: POD, pid: CONTAINER, ipc: POD } },
      ...linux,
    },
  };
  const { pod_sandbox_id } = await client.runPodSandbox({ config, runtime_handler: handler });
  const pod = { pod_sandbox_id };
  const start = async (name: string, command: string[], more: ContainerConfig = {}) => {
    const { container_id } = await client.createContainer({
      ...{ pod_sandbox_id, sandbox_config: config },
      config: {
        ...{ metadata: { name, attempt: 0 }, image: { image: IMAGE }, command, log_path: `${name}.log` },
        ...more,
        linux: { security_context: { namespace_options: { pid: CONTAINER } }, ...more.linux },
      },
    });
    await client.startContainer({ container_id });
    return {
      id: container_id,
      /** Runs a shell's script in it. */
      sh: async (script: string, timeout = 0) => {
        const cmd = ['sh', '-c', script];
        const { stdout, stderr, exit_code } = await client.execSync({ container_id, cmd, timeout: BigInt(timeout) });
        return { stdout: `${stdout}`, stderr: `${stderr}`, exitCode: exit_code };
      },
      exec: async (script: string, { tty = false } = {}) => {
        const cmd = ['sh', '-c', script];
        const { url } = await client.exec({ container_id, cmd, tty, stdin: true, stdout: true, stderr: !tty });
        return openStream(sandbox, url);
      },
      status: async () => {
        const { status } = await client.containerStatus({ container_id });
        return { state: status?.state, exitCode: status?.exit_code, reason: status?.reason };
      },
    };
  };
  return {
    id: pod_sandbox_id,
    logs: sandbox.path(`logs-${count}`),
    start,
    status: async () => {
      const { status } = await client.podSandboxStatus(pod);
      return { state: status?.state, ip: status?.network?.ip ?? '' };
    },
    /** As a kubelet ends a pod. */
    remove: async () => {
      await client.stopPodSandbox(pod);
      await client.removePodSandbox(pod);
    },
    [Symbol.asyncDispose]: async () => {
      await client.stopPodSandbox(pod);
      await client.removePodSandbox(pod);
    },
  };
}
