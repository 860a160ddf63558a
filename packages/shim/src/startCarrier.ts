// Starts a carrier: a shim of the daemon's own, which has stdio only.
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { spawn } from '@runv/spawner';
import { ShimError } from './errors.ts';
import { shimPath } from './shimPath.ts';
import { REPORT_FD, shimPid } from './startShim.ts';

/**
 * Descriptors of this process for stdin, stdout and stderr, or of another shim, whose callers may have them too; undefined for none. They
 * may be closed once the carrier is there.
 */
export type CarrierStdio = readonly [Descriptor, Descriptor, Descriptor];
type Descriptor = number | { readonly pid: number; readonly fd: number } | undefined;

export interface CarrierOptions {
  /** The daemon's socket for shims: an absolute path of at most 107 bytes. */
  readonly socket: string;
  /** `<container>/<process>/<token>`: what the daemon knows it by. */
  readonly key: string;
  readonly stdio: CarrierStdio;
  /** Another build of the program than {@link shimPath}. */
  readonly path?: string | undefined;
}

/**
 * @returns its pid, once it stands ready; it goes on when this process has ended
 * @throws {ShimError} with the reason when it cannot be started
 */
export async function startCarrier({ socket, key, stdio, path = shimPath() }: CarrierOptions): Promise<number> {
  // Without the token at its end.
  const name = key.slice(0, Math.max(0, key.lastIndexOf('/')));
  const shared = stdio.some((one) => typeof one === 'object');
  const env = {
    ...{ RUNV_SHIM_CARRIER: '1', RUNV_SHIM_KEY: key, RUNV_SHIM_SOCKET: socket },
    ...(shared && { RUNV_SHIM_SHARED: '1' }),
  };
  const streams = [...stdio.map((fd) => fd ?? ('null' as const)), 'out' as const];
  const options = { argv0: 'runv-shim', env, stdio: streams, session: true };
  const started = await spawn(path, ['stdio', name, socket], options).catch((cause: Error) => {
    throw new ShimError(`a carrier cannot be started: ${cause.message}`, { cause });
  });
  started.unref();
  return shimPid(await text(started.streams[REPORT_FD] as Readable), 'without a word');
}
