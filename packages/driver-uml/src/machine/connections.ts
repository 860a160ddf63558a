/** This process's connections to a VM: its monitor, its console and its channels. */
import { once } from 'node:events';
import { constants, openSync } from 'node:fs';
import { appendFile, open, readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { ChannelStream, connectTo } from '@runv/hypervisor/parts';
import { keepLog } from '@runv/jail';
import { Monitor } from '../monitor/monitor.ts';
import type { Paths } from './paths.ts';

export type Channels = ReadonlyMap<string, ChannelStream>;

export class Connections {
  /** Settles when the console's last byte is in its file. */
  consoleKept: Promise<void> = Promise.resolve();
  readonly #sockets: Socket[] = [];
  #closed = false;

  /** @param signal until when it is tried where others wait too */
  async openMonitor(path: string, signal?: AbortSignal): Promise<Monitor> {
    return new Monitor(this.#add(await connectTo(path, { signal })));
  }

  /**
   * @param names of the channels, in the order of their sockets
   * @param ended settles when the VM has ended
   */
  async connectPorts(paths: Paths, names: readonly string[], ended: Promise<unknown>): Promise<Channels> {
    // Its writer is there, and not to block is what lets Node poll it.
    const fd = openSync(paths.console, constants.O_RDONLY | constants.O_NONBLOCK);
    const console = this.#add(new Socket({ fd, readable: true, writable: false }));
    this.consoleKept = keepLog(console, paths.consoleLog, ended).then(() => keepLeft(paths));
    void ended.then(() => endFifo(paths.console));
    const channels = new Map<string, ChannelStream>();
    for (const [index, name] of names.entries())
      channels.set(name, new ChannelStream(this.#add(await connectTo(paths.channel(index)))));
    return channels;
  }

  /** Ends each of them, and every wait for an answer. Resolves when they are closed. */
  async close(): Promise<void> {
    this.#closed = true;
    const closed = this.#sockets.filter((socket) => !socket.closed).map((socket) => once(socket, 'close'));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  #add(socket: Socket): Socket {
    this.#sockets.push(socket);
    if (this.#closed) socket.destroy();
    return socket;
  }
}

/** A reader that came when the last writer had gone learns of an end by the next writer alone. */
async function endFifo(path: string): Promise<void> {
  try {
    const writer = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
    await writer.close();
  } catch {
    // Nobody reads any more, or it is gone.
  }
}

/** A VM may end before its console has a reader. */
async function keepLeft({ consoleLeft, consoleLog }: Paths): Promise<void> {
  try {
    await appendFile(consoleLog, await readFile(consoleLeft));
  } catch {
    // All of it was read, or the disk is full.
  }
}
