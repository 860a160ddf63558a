/** What a client asks for when it creates a container. */
import type { ShimRequest } from '../host/shim.ts';
import type { StdioRequest } from '../process/stdio.ts';

export interface CreateContainerRequest {
  readonly id: string;
  readonly bundlePath: string;
  readonly stdio: StdioRequest;
  /** The shim of its first process, where it has one. */
  readonly shim?: ShimRequest | undefined;
  readonly labels?: readonly string[] | undefined;
  /** false: the program waits for `startContainer`. */
  readonly start: boolean;
  /** The container stays on record, once stopped, until it is deleted. */
  readonly keep: boolean;
  /** The record is made below this directory, as `<root>/<id>`; the supervisor's `stateDir` unless given. */
  readonly root?: string | undefined;
  /** Gives the create up: nothing of the container is then left. */
  readonly signal?: AbortSignal | undefined;
  /** A process that lives until then: what the bundle names of the host is found in its mount namespace; in this process's unless given. */
  readonly mountsOf?: number | undefined;
  /** linux.cgroupsPath has the form `slice:prefix:name`. */
  readonly systemdCgroup?: boolean | undefined;
  /**
   * The network namespace whose interfaces its pod gets, as a path such as `/proc/123/ns/net`; unless given, the shim's, or without
   * a shim the one that the bundle names. Without any the pod has a loopback only. A container that joins a pod gets the network that the pod has.
   */
  readonly netns?: string | undefined;
}
