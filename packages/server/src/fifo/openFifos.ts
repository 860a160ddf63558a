/**
 * A client's stdio paths as the supervisor wants them. A shim of the daemon's own, a carrier, reads and writes them, so that nothing of it is
 * lost when the daemon is killed.
 */
import type { FileHandle } from 'node:fs/promises';
import { type Stdio, type StdioRequest, SupervisorError } from '@runv/supervisor';
import type { RemoteShim } from '../shim/remoteShim.ts';
import type { ShimServer } from '../shim/shimServer.ts';
import { Carrier, type Handles, type Owner } from './carrier.ts';
import { openForReading, openForWriting } from './openPath.ts';

type Paths = StdioRequest['paths'];

/** @param paths FIFOs, files or terminals, absolute; empty for none */
export function openFifos(shims: ShimServer, owner: Owner, paths: Paths): StdioRequest {
  return {
    paths,
    open: async () => {
      if (!paths.stdin && !paths.stdout && !paths.stderr) return {};
      const carrier = new Carrier(shims, owner, await openAll(paths));
      return { carrier, ...streamsOf(carrier.remote, paths) };
    },
  };
}

/**
 * The same of a process that an earlier daemon has started.
 *
 * @param key of its carrier
 * @param stdinFrom how much of its stdin the guest has already; undefined where nobody reads it any more
 */
export function recoverFifos(
  shims: ShimServer,
  key: string,
  paths: Paths,
  stdinFrom: number | undefined,
): StdioRequest {
  return {
    paths,
    open: async () => {
      const carrier = await shims.find(key, stdinFrom);
      return { carrier, ...streamsOf(carrier, paths) };
    },
  };
}

function streamsOf(shim: RemoteShim, paths: Paths): Stdio {
  const { stdin, stdout, stderr } = shim.stdio;
  return {
    stdin: paths.stdin ? stdin : undefined,
    endStdin: () => shim.endInput(),
    stdout: paths.stdout ? stdout : undefined,
    stderr: paths.stderr ? stderr : undefined,
  };
}

async function openAll({ stdin, stdout, stderr }: Paths): Promise<Handles> {
  const opening = [
    openOne('stdin', stdin, openForReading),
    openOne('stdout', stdout, openForWriting),
    openOne('stderr', stderr, openForWriting),
  ] as const;
  try {
    return await Promise.all(opening);
  } catch (error) {
    for (const one of opening) one.then((handle) => handle?.close()).catch(() => {});
    throw error;
  }
}

async function openOne(
  name: string,
  path: string,
  open: (path: string) => Promise<FileHandle>,
): Promise<FileHandle | undefined> {
  if (!path) return undefined;
  try {
    return await open(path);
  } catch (error) {
    throw new SupervisorError('INVALID', `the ${name} path cannot be opened: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
