/** One connection of a shim: its HELLO, then its messages, until it breaks the protocol or goes. */
import type { Socket } from 'node:net';
import { FrameReader } from '@runv/frames';
import { type Hello, LONGEST_PAYLOAD, parseHello, parseMessage, type ShimMessage } from './frames.ts';

/** Who takes over a connection that has said HELLO. */
export interface Listener {
  /** May throw: the connection then ends. */
  message(message: ShimMessage): void;
  closed(): void;
}

export class Connection {
  readonly #socket: Socket;
  readonly #frames = new FrameReader(LONGEST_PAYLOAD);
  readonly #hello: (hello: Hello) => void;
  #helloSaid = false;
  #listener: Listener | undefined;

  /**
   * @param hello called once; may throw
   * @param broken hears why the connection is ended
   */
  constructor(socket: Socket, hello: (hello: Hello) => void, broken: (error: Error) => void) {
    this.#socket = socket;
    this.#hello = hello;
    socket.on('data', (bytes: Buffer) => {
      try {
        for (const frame of this.#frames.take(bytes)) {
          if (!this.#helloSaid) this.#greet(parseHello(frame));
          else this.#take(parseMessage(frame));
        }
      } catch (error) {
        this.#socket.destroy();
        broken(error as Error);
      }
    });
    // A shim that goes is no error of ours: 'close' comes as well.
    socket.on('error', () => {});
    socket.once('close', () => this.#listener?.closed());
  }

  listen(listener: Listener): void {
    this.#listener = listener;
  }

  send(...frames: Buffer[]): void {
    if (!this.#socket.writable) return;
    this.#socket.cork();
    for (const frame of frames) this.#socket.write(frame);
    this.#socket.uncork();
  }

  /** What was said is still sent. */
  close(): void {
    this.#socket.destroySoon();
  }

  #greet(hello: Hello): void {
    this.#helloSaid = true;
    this.#hello(hello);
  }

  #take(message: ShimMessage): void {
    if (!this.#socket.destroyed) this.#listener?.message(message);
  }
}
