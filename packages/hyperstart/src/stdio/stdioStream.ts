/**
 * One stdio session as a duplex stream: written bytes go to the process's stdin, read bytes are its output. Each byte has an offset,
 * for the life of the process, so that nothing is lost or doubled when another host takes over.
 */
import { Duplex } from 'node:stream';
import { broken } from '../errors.ts';
import type { GuestStream } from '../guestProcess.ts';
import { END_OF_FILE_MS } from '../limits.ts';
import type { Flow, StreamState } from './flow.ts';
import { keep } from './keep.ts';

const FRAME = 32 << 10;
/** Base protocol: the channel is paused when more than this is unread. */
const BASE_BUFFER = 1 << 20;

export interface StdioStreamWiring {
  readonly session: bigint;
  readonly state: StreamState;
  readonly flow: Flow | undefined;
  send(data: Buffer, done?: (error?: Error | null) => void): void;
  /** Tells the guest how many bytes of the output were passed on, and whether its end was too. */
  mark(passed: number, ended: boolean): void;
  setFull(full: boolean): void;
  forget(): void;
}

type Done = (error?: Error | null) => void;

export class StdioStream extends Duplex implements GuestStream {
  readonly session: bigint;
  readonly from: number;
  /** Base protocol: the exit code that follows the end of file on a process's first session. */
  readonly exitFrame: Promise<number>;
  onReceived: (total: number) => void = () => {};

  readonly #wiring: StdioStreamWiring;
  #settleExit!: (status: number) => void;
  #blocked: { data: Buffer; done: Done } | undefined;
  #arrived: Buffer[] = [];
  #arrivedSize = 0;
  #wanted = false;
  /** Its end of file came: a process may close its output and still read its input. */
  #outputEnded = false;
  #processEnded = false;
  #pushedEnd = false;
  /** Offsets of the output: what has arrived, was passed on, and was said to be. */
  #received: number;
  #passed: number;
  #marked: number;
  #markedEnd = false;
  /** Whoever reads says what was passed on. */
  #byHand = false;
  readonly ownPassedOn: Promise<void>;
  #settleOwn!: () => void;
  /** Offset of the output where the process's own ends, where others write on. */
  #ownEnd = Number.POSITIVE_INFINITY;
  /** Offsets of the input: what was sent, and what the process has taken. */
  #sent: number;
  #taken: number;

  constructor(wiring: StdioStreamWiring) {
    // To be destroyed is to be given up by its reader, who may still have to pass on what it has when both ends are over.
    super({ autoDestroy: false, allowHalfOpen: true, readableHighWaterMark: FRAME, writableHighWaterMark: FRAME });
    const { session, state } = wiring;
    this.#wiring = wiring;
    this.session = session;
    this.from = state.passed;
    this.#received = state.passed;
    this.#passed = state.passed;
    this.#marked = state.passed;
    this.#sent = state.received;
    this.#taken = state.taken;
    this.exitFrame = new Promise((resolve) => {
      this.#settleExit = resolve;
    });
    this.ownPassedOn = new Promise((resolve) => {
      this.#settleOwn = resolve;
    });
    if (state.ended) {
      this.#outputEnded = true;
      this.#markedEnd = true;
    }
  }

  receive(data: Buffer): void {
    if (this.#outputEnded) {
      if (data.length === 1) this.#settleExit(data[0] as number);
      return;
    }
    this.#received += data.length;
    this.#bound();
    if (data.length === 0) this.#endOutput();
    // The reader has closed: further data is dropped, and counts as passed on so that the process does not block.
    else if (this.destroyed) this.#pass(data.length);
    else {
      keep(this.#arrived, data);
      this.#arrivedSize += data.length;
    }
    this.#give();
    if (!this.#wiring.flow && this.#arrivedSize > BASE_BUFFER) this.#wiring.setFull(true);
  }

  /** @throws GuestError `PROTOCOL` for more than was sent */
  receiveMark(received: number, taken: number): void {
    if (received > this.#sent || taken > received)
      throw broken(
        `it has ${received} bytes of stdio session ${this.session} and took ${taken}, of which ${this.#sent} were sent`,
      );
    this.onReceived(received);
    this.#taken = Math.max(this.#taken, taken);
    const blocked = this.#blocked;
    if (!blocked || this.#room() === 0) return;
    this.#blocked = undefined;
    this.#transmit(blocked.data, blocked.done);
  }

  keepUntilPassedOn(): void {
    this.#byHand = true;
  }

  passedOn(bytes: number, atOnce = false): void {
    if (this.destroyed) return;
    this.#pass(bytes, atOnce);
  }

  /**
   * The process reads no more: what is written, and what waits for room, is dropped.
   *
   * @param ownEnd where the output stands, which others hold; undefined where nobody does
   */
  processEnded(ownEnd?: number): void {
    this.#processEnded = true;
    if (ownEnd !== undefined) this.#ownEnd = ownEnd;
    this.#settleOwnWhenPassed();
    const blocked = this.#blocked;
    this.#blocked = undefined;
    blocked?.done();
    this.#forgetWhenOver();
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
    this.#give();
    this.processEnded();
    this.#wiring.forget();
  }

  override _read(): void {
    this.#wanted = true;
    this.#give();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#transmit(data, done);
  }

  override _final(done: Done): void {
    if (this.#processEnded) done();
    else this.#wiring.send(Buffer.alloc(0), () => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#arrived = [];
    this.#arrivedSize = 0;
    this.#blocked?.done();
    this.#blocked = undefined;
    if (!this.#wiring.flow) this.#wiring.setFull(false);
    this.#pass(this.#received - this.#passed);
    // Nothing more is written, so a process that reads its input gets an end of file.
    if (!this.writableFinished && !this.#processEnded) this.#wiring.send(Buffer.alloc(0));
    done(error);
  }

  /** Gives what has arrived to the reader while it wants it. */
  #give(): void {
    while (this.#wanted && !this.destroyed) {
      const data = this.#arrived.shift();
      if (!data) break;
      this.#arrivedSize -= data.length;
      this.#wanted = this.push(data);
      if (!this.#byHand) this.#pass(data.length);
    }
    if (this.#arrivedSize <= BASE_BUFFER && !this.#wiring.flow) this.#wiring.setFull(false);
    if (this.#outputEnded && this.#arrived.length === 0 && !this.destroyed && !this.#pushedEnd) {
      this.#pushedEnd = true;
      this.push(null);
    }
  }

  /** A guest that sends more than it was allowed would fill the host's memory. */
  #bound(): void {
    const { flow, session } = this.#wiring;
    if (flow && this.#received - this.#marked > flow.fromGuest)
      throw broken(`it sent more on stdio session ${session} than it may`);
  }

  #endOutput(): void {
    this.#outputEnded = true;
    this.#pass(0);
    this.#forgetWhenOver();
  }

  /** The guest is told in quarters of the window: small enough never to stall, large enough to cost few frames. */
  #pass(bytes: number, atOnce = false): void {
    const { flow } = this.#wiring;
    this.#passed += bytes;
    this.#settleOwnWhenPassed();
    if (!flow) return;
    const ended = this.#outputEnded && this.#passed === this.#received;
    const enough = ended || atOnce || this.#passed - this.#marked >= flow.fromGuest / 4;
    if (this.#markedEnd || !enough) return;
    this.#wiring.mark(this.#passed, ended);
    this.#marked = this.#passed;
    this.#markedEnd = ended;
    this.#forgetWhenOver();
  }

  #settleOwnWhenPassed(): void {
    if (this.#passed >= this.#ownEnd) this.#settleOwn();
  }

  #forgetWhenOver(): void {
    if (this.#processEnded && this.#outputEnded && (this.#markedEnd || !this.#wiring.flow)) this.#wiring.forget();
  }

  #room(): number {
    const { flow } = this.#wiring;
    return flow ? this.#taken + flow.toGuest - this.#sent : Number.POSITIVE_INFINITY;
  }

  #transmit(data: Buffer, done: Done): void {
    if (this.#processEnded) {
      done();
      return;
    }
    const size = Math.min(data.length, this.#room(), FRAME);
    if (size === 0) {
      this.#blocked = { data, done };
      return;
    }
    this.#sent += size;
    const total = this.#sent;
    const rest = data.subarray(size);
    this.#wiring.send(data.subarray(0, size), (error) => {
      // A guest of the base protocol says nothing of what it has got.
      if (!this.#wiring.flow) this.onReceived(total);
      if (error || rest.length === 0) done();
      else this.#transmit(rest, done);
    });
  }
}
