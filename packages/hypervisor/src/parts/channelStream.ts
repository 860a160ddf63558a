/**
 * A channel as its user sees it. A killed hypervisor resets its sockets; the contract promises an end without an error, and
 * that writing to a VM which is just gone harms nobody.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** How long what a guest has written before it closed its end may take to arrive, in ms. */
const LAST_WORDS_MS = 1000;

export class ChannelStream extends Duplex {
  readonly #socket: Socket;
  #ended = false;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk) => {
      if (!this.#ended && !this.push(chunk)) socket.pause();
    });
    // The reset of a killed hypervisor; 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#end());
    socket.pause();
  }

  /** The guest has closed its end: whoever opens the port now is not whom the host talked to. */
  hangUp(): void {
    setTimeout(() => this.#end(), LAST_WORDS_MS).unref();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.push(null);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  // A port has no half-open state that the guest could see, so the end of writing is not passed on.
  override _final(done: () => void): void {
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #send(bytes: Buffer, done: () => void): void {
    if (this.#socket.destroyed) done();
    else this.#socket.write(bytes, () => done());
  }
}
