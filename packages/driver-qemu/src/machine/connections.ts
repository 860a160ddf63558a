/** This process's connections to a VM: its monitor, its console and its channels. */
import type { Socket } from 'node:net';
import { ChannelStream, connectTo } from '@runv/hypervisor/parts';
import { keepLog } from '@runv/jail';
import { type QmpEvent, type Shutdown, shutdown as shutdownData } from '../qmp/messages.ts';
import { openQmp, type QmpClient } from '../qmp/qmpClient.ts';
import { portId } from './commandLine.ts';
import type { Paths } from './paths.ts';

/** QEMU writes a console byte by byte, and each would wake the daemon up; so they wait in the kernel until they are asked for. */
const READ_NOTHING_AHEAD = 1;

export interface Ports {
  readonly channels: ReadonlyMap<string, ChannelStream>;
  /** Settles when the console's last byte is in its file. */
  readonly consoleKept: Promise<void>;
}

export class Connections {
  readonly #sockets: Socket[] = [];
  readonly #ports = new Map<unknown, ChannelStream>();
  #shutdown: Shutdown | undefined;
  #closed = false;

  /** The SHUTDOWN event, once QEMU has sent it. */
  get shutdown(): Shutdown | undefined {
    return this.#shutdown;
  }

  openMonitor(socket: Socket): Promise<QmpClient> {
    this.#add(socket);
    return openQmp(socket, (event) => this.#take(event));
  }

  /**
   * @param names of the channels, in the order of their sockets
   * @param ended settles when QEMU has ended
   */
  async connectPorts(paths: Paths, names: readonly string[], ended: Promise<unknown>): Promise<Ports> {
    const consoleSocket = this.#add(await connectTo(paths.console, { readAhead: READ_NOTHING_AHEAD }));
    const consoleKept = keepLog(consoleSocket, paths.consoleLog, ended);
    const channels = new Map<string, ChannelStream>();
    for (const [index, name] of names.entries()) {
      const stream = new ChannelStream(this.#add(await connectTo(paths.channel(index))));
      channels.set(name, stream);
      this.#ports.set(portId(index), stream);
    }
    return { channels, consoleKept };
  }

  /** Ends each of them, and every wait for an answer. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #add(socket: Socket): Socket {
    this.#sockets.push(socket);
    if (this.#closed) socket.destroy();
    return socket;
  }

  #take({ event, data }: QmpEvent): void {
    if (event === 'SHUTDOWN') this.#shutdown = shutdownData.parse(data);
    if (event === 'VSERPORT_CHANGE' && data.open === false) this.#ports.get(data.id)?.hangUp();
  }
}
