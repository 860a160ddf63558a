/** One stdio session as a duplex stream: written bytes go to the process's stdin, read bytes are its output. */
import { Duplex } from 'node:stream';
import { broken } from '../errors.ts';
import { END_OF_FILE_MS } from '../limits.ts';
import type { Flow } from './flow.ts';
import { keep } from './keep.ts';

const FRAME = 32 << 10;
/** Base protocol: the channel is paused when more than this is unread. */
const BASE_BUFFER = 1 << 20;

export interface StdioStreamWiring {
  readonly session: bigint;
  readonly flow: Flow | undefined;
  send(data: Buffer, done?: (error?: Error | null) => void): void;
  giveCredit(bytes: number): void;
  setFull(full: boolean): void;
  forget(): void;
}

type Done = (error?: Error | null) => void;

export class StdioStream extends Duplex {
  readonly session: bigint;
  /** Base protocol: the exit code that follows the end of file on a process's first session. */
  readonly exitFrame: Promise<number>;

  readonly #wiring: StdioStreamWiring;
  #settleExit!: (status: number) => void;
  #credit: number;
  #blocked: { data: Buffer; done: Done } | undefined;
  #arrived: Buffer[] = [];
  #arrivedSize = 0;
  /** Bytes that have ever arrived. */
  #received = 0;
  #wanted = false;
  /** Its end of file came: a process may close its output and still read its input. */
  #outputEnded = false;
  #processEnded = false;
  #pushedEnd = false;
  /** Passed on, and not yet credited. */
  #ungiven = 0;
  /** Received, and not yet credited. */
  #uncredited = 0;

  constructor(wiring: StdioStreamWiring) {
    super({ allowHalfOpen: true, readableHighWaterMark: FRAME, writableHighWaterMark: FRAME });
    this.#wiring = wiring;
    this.session = wiring.session;
    this.#credit = wiring.flow?.toGuest ?? Number.POSITIVE_INFINITY;
    this.exitFrame = new Promise((resolve) => {
      this.#settleExit = resolve;
    });
  }

  receive(data: Buffer): void {
    if (this.#outputEnded) {
      if (data.length === 1) this.#settleExit(data[0] as number);
      return;
    }
    this.#received += data.length;
    this.#count(data.length);
    if (data.length === 0) this.#endOutput();
    // The reader has closed: further data is dropped, and credited so that the process does not block.
    else if (this.destroyed) this.#took(data.length);
    else {
      keep(this.#arrived, data);
      this.#arrivedSize += data.length;
    }
    this.#pass();
    if (!this.#wiring.flow && this.#arrivedSize > BASE_BUFFER) this.#wiring.setFull(true);
  }

  receiveCredit(bytes: number): void {
    this.#credit += bytes;
    const blocked = this.#blocked;
    if (!blocked) return;
    this.#blocked = undefined;
    this.#transmit(blocked.data, blocked.done);
  }

  /** The process reads no more: what is written, and what waits for credit, is dropped. */
  processEnded(): void {
    this.#processEnded = true;
    const blocked = this.#blocked;
    this.#blocked = undefined;
    blocked?.done();
    if (this.#outputEnded) this.#wiring.forget();
  }

  /** No process has it open any more: its end of file has to come, at the latest when all before it was passed on. */
  expectEnd(): void {
    let before = this.#received;
    const look = setInterval(() => {
      const silent = this.#arrivedSize === 0 && this.#received === before;
      before = this.#received;
      if (silent) this.lost();
      if (this.#outputEnded) clearInterval(look);
    }, END_OF_FILE_MS).unref();
  }

  /** The VM has ended, and sends no end of file. */
  lost(): void {
    this.#endOutput();
    this.#pass();
    this.processEnded();
  }

  override _read(): void {
    this.#wanted = true;
    this.#pass();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#transmit(data, done);
  }

  override _final(done: Done): void {
    if (this.#processEnded) done();
    else this.#wiring.send(Buffer.alloc(0), () => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#took(this.#arrivedSize);
    this.#arrived = [];
    this.#arrivedSize = 0;
    this.#blocked?.done();
    this.#blocked = undefined;
    if (!this.#wiring.flow) this.#wiring.setFull(false);
    // Nothing more is written, so a process that reads its input gets an end of file.
    if (!this.writableFinished && !this.#processEnded) this.#wiring.send(Buffer.alloc(0));
    done(error);
  }

  /** Passes on what has arrived while the reader wants it. */
  #pass(): void {
    while (this.#wanted && !this.destroyed) {
      const data = this.#arrived.shift();
      if (!data) break;
      this.#arrivedSize -= data.length;
      this.#wanted = this.push(data);
      this.#took(data.length);
    }
    if (this.#arrivedSize <= BASE_BUFFER && !this.#wiring.flow) this.#wiring.setFull(false);
    if (this.#outputEnded && this.#arrived.length === 0 && !this.destroyed && !this.#pushedEnd) {
      this.#pushedEnd = true;
      this.push(null);
    }
  }

  /** A guest that sends more than it was allowed would fill the host's memory. */
  #count(bytes: number): void {
    const { flow, session } = this.#wiring;
    if (!flow) return;
    this.#uncredited += bytes;
    if (this.#uncredited > flow.fromGuest)
      throw broken(`it sent more on stdio session ${session} than it has credit for`);
  }

  #endOutput(): void {
    this.#outputEnded = true;
    if (this.#processEnded) this.#wiring.forget();
  }

  /** Credit goes back in quarters of the window: small enough never to stall, large enough to cost few frames. */
  #took(bytes: number): void {
    const { flow } = this.#wiring;
    if (!flow) return;
    this.#ungiven += bytes;
    if (this.#outputEnded || this.#ungiven < flow.fromGuest / 4) return;
    this.#wiring.giveCredit(this.#ungiven);
    this.#uncredited -= this.#ungiven;
    this.#ungiven = 0;
  }

  #transmit(data: Buffer, done: Done): void {
    if (this.#processEnded) {
      done();
      return;
    }
    const size = Math.min(data.length, this.#credit, FRAME);
    if (size === 0) {
      this.#blocked = { data, done };
      return;
    }
    this.#credit -= size;
    const rest = data.subarray(size);
    this.#wiring.send(data.subarray(0, size), (error) => {
      if (error) done();
      else if (rest.length === 0) done();
      else this.#transmit(rest, done);
    });
  }
}
