/** A real ShimServer, and carriers of paths that connect to it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type CarrierShim, type Stdio, type StdioRequest, startOf } from '@runv/supervisor';
import { openFifos, recoverFifos } from '../../../src/fifo/openFifos.ts';
import { ShimServer } from '../../../src/index.ts';
import { logger, tellWhatWasRead } from '../../shim/support/rig.ts';

export const NONE = { stdin: '', stdout: '', stderr: '' };

interface Carried {
  readonly carrier: CarrierShim;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  endStdin(): void;
}

export interface CarrierRig extends AsyncDisposable {
  readonly socket: string;
  shims: ShimServer;
  request(paths: Partial<StdioRequest['paths']>): StdioRequest;
  /** At least one path. What is read of stdin counts as the guest's. */
  open(paths: Partial<StdioRequest['paths']>): Promise<Carried>;
  /** This daemon is no more, and another has come that takes the carrier back. @param stdinFrom what the guest has of stdin */
  nextDaemon(carried: Carried, paths: Partial<StdioRequest['paths']>, stdinFrom: number): Promise<Carried>;
}

export async function openCarrierRig(program: string): Promise<CarrierRig> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-carrier-'));
  const socket = join(dir, 'shims.sock');
  const carriers: CarrierShim[] = [];
  const rig: CarrierRig = {
    socket,
    shims: await ShimServer.listen(socket, logger, { program }),
    request: (paths) => openFifos(rig.shims, { id: 'c', process: 'init' }, { ...NONE, ...paths }),
    open: async (paths) => {
      const stdio = await rig.request(paths).open();
      await stdio.carrier?.begin?.();
      const carried = take(stdio);
      carriers.push(carried.carrier);
      return carried;
    },
    nextDaemon: async ({ carrier }, paths, stdinFrom) => {
      await rig.shims.close();
      rig.shims = await ShimServer.listen(socket, logger, { program });
      rig.shims.recovering();
      return take(await recoverFifos(rig.shims, carrier.key, { ...NONE, ...paths }, stdinFrom).open(), stdinFrom);
    },
    [Symbol.asyncDispose]: async () => {
      for (const { pid, start } of carriers) if (startOf(pid) === start) process.kill(pid, 'SIGKILL');
      await rig.shims.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
  return rig;
}

/** Resolves when the carrier has passed it on. */
export function passOn(output: Writable, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    Object.assign(output, { onPassed: resolve });
    output.write(bytes);
  });
}

function take(stdio: Stdio, stdinFrom = 0): Carried {
  if (stdio.stdin) tellWhatWasRead(stdio.stdin, stdinFrom);
  return stdio as Carried;
}
