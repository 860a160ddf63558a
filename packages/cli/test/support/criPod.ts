/** A pod as a kubelet runs one by CRI, and its containers. */
import { readdir } from 'node:fs/promises';
import { type Cri, cgroupsIn, FORWARDED, IMAGE, openStream, startCri, until } from '@runv/testkit';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

type PodConfig = NonNullable<Parameters<Cri['client']['runPodSandbox']>[0]['config']>;
type ContainerConfig = NonNullable<Parameters<Cri['client']['createContainer']>[0]['config']>;

/** A kubelet's namespaces, unless a pod says otherwise: processes are each container's own. */
const POD = 0 as const;
const CONTAINER = 1 as const;

let count = 0;

/** Makes a containerd for all tests of a file, each of which leaves nothing. */
export function withCri(use: (cri: Cri) => void): void {
  let cri: Cri;
  beforeAll(async () => {
    cri = await startCri();
    use(cri);
  });
  afterEach(() => expectNothingLeft(cri));
  afterAll(async () => {
    await cri[Symbol.asyncDispose]();
  });
}

/** Ends with all that is in it when the block ends. */
export async function runPod({ client, sandbox, cgroups }: Cri, { linux, ...more }: PodConfig = {}) {
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
  const { pod_sandbox_id } = await client.runPodSandbox({ config, runtime_handler: 'runv' });
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
  /** Connects to a port by way of the node's containerd. */
  const forward = async (port: number) => {
    const { url } = await client.portForward({ pod_sandbox_id, port: [port] });
    return await openStream(sandbox, `${url}?port=${port}`);
  };
  const remove = async () => {
    await client.stopPodSandbox(pod);
    await client.removePodSandbox(pod);
  };
  return {
    id: pod_sandbox_id,
    logs: sandbox.path(`logs-${count}`),
    start,
    forward,
    /** What a web server has as `/file`. */
    fetch: async (port: number) => {
      await using stream = await forward(port);
      stream.send(FORWARDED.data, 'GET /file HTTP/1.0\r\n\r\n');
      await stream.ended;
      return stream.received(FORWARDED.data).split('\r\n\r\n')[1];
    },
    status: async () => {
      const { status } = await client.podSandboxStatus(pod);
      return { state: status?.state, ip: status?.network?.ip ?? '' };
    },
    remove,
    [Symbol.asyncDispose]: remove,
  };
}

/** Waits until nothing of the pods is left on the node. */
async function expectNothingLeft({ client, sandbox, cgroups }: Cri): Promise<void> {
  expect((await client.listPodSandbox({})).items).toEqual([]);
  await until(async () => (await sandbox.machines()) === 0);
  for (const name of ['containerd-shim', 'runv-loopback'])
    await until(async () => (await sandbox.pidsOf(name)).length === 0);
  // The first one is the sandbox's own.
  expect(await sandbox.pidsOf('sleep')).toEqual(['1']);
  const mounts = await sandbox.mounts();
  expect(mounts.filter((line) => /\/netns\/cni-|\/share\/c|io\.containerd/.test(line))).toEqual([]);
  expect((await sandbox.run(['find', '/run/netns', '-name', 'cni-*'])).stdout).toBe('');
  expect((await sandbox.links()).filter((name) => /^(tap|runv|veth)/.test(name))).toEqual([]);
  expect(await cgroupsIn(cgroups)).toEqual([]);
  expect((await readdir(sandbox.path('addresses', 'test'))).filter((name) => /^\d+\.\d/.test(name))).toEqual([]);
}
