/** Real FIFOs, and a client's ends of them. */
import { constants, open as openCallback } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { execa } from 'execa';

const openFd = promisify(openCallback);

export interface Fifo extends AsyncDisposable {
  readonly dir: string;
  readonly path: string;
}

export async function makeFifo(): Promise<Fifo> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-fifo-'));
  const path = join(dir, 'fifo');
  await execa('mkfifo', [path]);
  return { dir, path, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

/** Both ends are open: nothing that is written gets lost, and no end of file comes, until this is closed. */
export function holder(path: string): Promise<number> {
  return openFd(path, constants.O_RDWR | constants.O_NONBLOCK);
}

export async function reader(path: string): Promise<Socket> {
  return new Socket({
    fd: await openFd(path, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
}

/** @throws Error `ENXIO` while nobody reads */
export async function writer(path: string): Promise<Socket> {
  return new Socket({
    fd: await openFd(path, constants.O_WRONLY | constants.O_NONBLOCK),
    readable: false,
    writable: true,
  });
}
