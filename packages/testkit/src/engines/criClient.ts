/** A client of CRI, as a kubelet is one: a method per call, and promises of responses. */
import { promisify } from 'node:util';
import { type CallOptions, type ClientUnaryCall, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import * as cri from '../generated/cri.ts';

export type CriClient = ReturnType<typeof connectCri>;

/** @param socket the absolute path of containerd's socket */
export function connectCri(socket: string) {
  const client = new cri.RuntimeServiceClient(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.default_authority': 'localhost',
    'grpc.use_local_subchannel_pool': 1,
    // A containerd that was killed is back after less than the second of the default.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 500,
  });
  return {
    status: unary(client.status.bind(client), cri.StatusRequest.fromPartial),
    runPodSandbox: unary(client.runPodSandbox.bind(client), cri.RunPodSandboxRequest.fromPartial),
    stopPodSandbox: unary(client.stopPodSandbox.bind(client), cri.PodSandboxRequest.fromPartial),
    removePodSandbox: unary(client.removePodSandbox.bind(client), cri.PodSandboxRequest.fromPartial),
    podSandboxStatus: unary(client.podSandboxStatus.bind(client), cri.PodSandboxRequest.fromPartial),
    podSandboxStats: unary(client.podSandboxStats.bind(client), cri.PodSandboxRequest.fromPartial),
    listPodSandbox: unary(client.listPodSandbox.bind(client), cri.Empty.fromPartial),
    createContainer: unary(client.createContainer.bind(client), cri.CreateContainerRequest.fromPartial),
    startContainer: unary(client.startContainer.bind(client), cri.ContainerRequest.fromPartial),
    stopContainer: unary(client.stopContainer.bind(client), cri.StopContainerRequest.fromPartial),
    removeContainer: unary(client.removeContainer.bind(client), cri.ContainerRequest.fromPartial),
    containerStatus: unary(client.containerStatus.bind(client), cri.ContainerRequest.fromPartial),
    containerStats: unary(client.containerStats.bind(client), cri.ContainerRequest.fromPartial),
    listContainers: unary(client.listContainers.bind(client), cri.Empty.fromPartial),
    updateContainerResources: unary(
      client.updateContainerResources.bind(client),
      cri.UpdateContainerResourcesRequest.fromPartial,
    ),
    reopenContainerLog: unary(client.reopenContainerLog.bind(client), cri.ContainerRequest.fromPartial),
    execSync: unary(client.execSync.bind(client), cri.ExecSyncRequest.fromPartial),
    exec: unary(client.exec.bind(client), cri.StreamRequest.fromPartial),
    attach: unary(client.attach.bind(client), cri.AttachRequest.fromPartial),
    portForward: unary(client.portForward.bind(client), cri.PortForwardRequest.fromPartial),
    close: () => client.close(),
  };
}

type Method<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

function unary<Request, Given, Response>(method: Method<Request, Response>, full: (request: Given) => Request) {
  const call = promisify(method);
  return (request: Given): Promise<Response> => call(full(request), new Metadata(), {});
}
