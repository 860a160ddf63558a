/** The control channel: commands and their answers, in the base framing and, once negotiated, in the extended one. */
import type { Duplex } from 'node:stream';
import { broken, GuestError } from '../errors.ts';
import { ANSWER_MS, MESSAGE_BYTES, MESSAGES_PER_S, UNANSWERED, UNREAD_BYTES } from '../limits.ts';
import { Rate } from '../rate.ts';
import { type AnswerLimits, inTime } from './answerLimits.ts';
import { BaseWriter } from './baseWriter.ts';
import { CODE } from './codes.ts';
import { FrameDecoder, type FrameShape } from './decodeFrames.ts';
import { nameOf } from './nameOf.ts';
import { refusal } from './refusal.ts';

const BASE: FrameShape = { header: 8, lengthAt: 4, limit: MESSAGE_BYTES };
const EXTENDED: FrameShape = { header: 12, lengthAt: 4, limit: MESSAGE_BYTES };

interface Pending {
  readonly code: number;
  readonly resolve: (payload: Buffer) => void;
  readonly reject: (error: GuestError) => void;
}

export class ControlChannel {
  /** Settles when the channel ends. Never rejects. */
  readonly closed: Promise<GuestError>;
  /** Called for messages that are no answers, READY included. */
  onMessage: (code: number, payload: Buffer) => void = () => {};

  readonly #stream: Duplex;
  readonly #decoder = new FrameDecoder();
  readonly #baseWriter: BaseWriter;
  #shape = BASE;
  /** Base framing: the oldest command is answered first. */
  #fifo: Pending[] = [];
  readonly #byId = new Map<number, Pending>();
  /** Of the messages that are no answers. */
  readonly #rate = new Rate(MESSAGES_PER_S);
  #lastId = 0;
  #end: GuestError | undefined;
  #settleClosed!: (error: GuestError) => void;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#baseWriter = new BaseWriter(stream);
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.once('error', (error) =>
      this.#close(new GuestError('CLOSED', `the guest's channel failed: ${error.message}`)),
    );
    stream.once('close', () =>
      this.#close(new GuestError('CLOSED', "the guest's channel was closed: its VM has ended")),
    );
    stream.once('end', () => this.#close(new GuestError('CLOSED', "the guest's channel ended: its VM has ended")));
  }

  /** Uses the extended framing from the first byte, as an earlier session agreed. */
  extend(): void {
    this.#shape = EXTENDED;
  }

  get extended(): boolean {
    return this.#shape === EXTENDED;
  }

  /**
   * Sends a command and waits for the payload of its answer. An abort, and the end of the time, end only the wait, not the
   * command.
   *
   * @throws GuestError `REFUSED` | `NO_COMMAND` | `UNSUPPORTED` | `CLOSED` | `TIMEOUT`, or the signal's reason
   */
  request(command: number, payload: Buffer, limits: Partial<AnswerLimits> = {}): Promise<Buffer> {
    limits.signal?.throwIfAborted();
    return inTime(this.begin(command, payload), command, { limitMs: ANSWER_MS, ...limits });
  }

  /** Sends a command. Resolves with its answer, however late. @throws as `request`, but for `TIMEOUT` and the signal */
  begin(command: number, payload: Buffer): Promise<Buffer> {
    if (this.#end) return Promise.reject(this.#end);
    return new Promise<Buffer>((resolve, reject) => this.#send({ code: command, resolve, reject }, payload));
  }

  /** Parses an answer. A guest whose answer cannot be understood broke the protocol. @throws as `parse` */
  parsed<T>(parse: (answer: Buffer) => T, answer: Buffer): T {
    try {
      return parse(answer);
    } catch (error) {
      if (error instanceof GuestError && error.code === 'PROTOCOL') this.fail(error);
      throw error;
    }
  }

  /** Stops reading, and rejects what waits. */
  close(): void {
    this.#close(new GuestError('CLOSED', 'the session with the guest was closed'));
  }

  /** The guest broke the protocol, so the channel is of no more use. */
  fail(error: GuestError): void {
    this.#close(error);
    this.#stream.destroy();
  }

  #send(pending: Pending, payload: Buffer): void {
    const silent = this.#silence();
    if (silent) {
      pending.reject(new GuestError('TIMEOUT', `${nameOf(pending.code)}: ${silent}`));
      return;
    }
    const message = Buffer.allocUnsafe(this.#shape.header + payload.length);
    if (message.length > MESSAGE_BYTES) {
      pending.reject(tooLong(pending.code, message.length, MESSAGE_BYTES));
      return;
    }
    message.writeUInt32BE(pending.code, 0);
    message.writeUInt32BE(message.length, 4);
    payload.copy(message, this.#shape.header);
    if (this.extended) {
      this.#lastId = (this.#lastId % 0xffffffff) + 1;
      message.writeUInt32BE(this.#lastId, 8);
      this.#byId.set(this.#lastId, pending);
      this.#stream.write(message);
    } else if (this.#baseWriter.fits(message)) {
      this.#fifo.push(pending);
      this.#baseWriter.write(message);
    } else {
      pending.reject(tooLong(pending.code, message.length, this.#baseWriter.limit));
    }
  }

  /** Why nothing more is asked of a guest that does not answer. */
  #silence(): string | undefined {
    if (this.#byId.size + this.#fifo.length >= UNANSWERED)
      return `the guest has left ${UNANSWERED} requests unanswered`;
    if (this.#stream.writableLength > UNREAD_BYTES) return 'the guest does not read its control channel';
    return undefined;
  }

  #receive(chunk: Buffer): void {
    if (this.#end) return;
    this.#decoder.push(chunk);
    try {
      for (let frame = this.#decoder.next(this.#shape); frame; frame = this.#decoder.next(this.#shape)) {
        this.#dispatch(frame.readUInt32BE(0), frame.subarray(this.#shape.header), frame);
      }
    } catch (error) {
      this.fail(error as GuestError);
    }
  }

  #dispatch(number: number, payload: Buffer, frame: Buffer): void {
    const isAnswer = number === CODE.ACK || number === CODE.ERROR;
    if (!isAnswer && this.#rate.exceeded()) throw broken(`it sent more than ${MESSAGES_PER_S} messages in a second`);
    if (number === CODE.NEXT && !this.extended)
      this.#baseWriter.taken(payload.length >= 4 ? payload.readUInt32BE(0) : 0);
    else if (isAnswer) this.#answer(number, payload, frame);
    else this.onMessage(number, payload);
  }

  #answer(number: number, payload: Buffer, frame: Buffer): void {
    const id = this.extended ? frame.readUInt32BE(8) : 0;
    const pending = this.extended ? this.#byId.get(id) : this.#fifo.shift();
    if (!pending) throw broken(`it answered a command that was not asked (id ${id})`);
    this.#byId.delete(id);
    if (number === CODE.ERROR) {
      pending.reject(refusal(pending.code, payload));
      return;
    }
    // From the byte after this answer on the framing is the extended one.
    if (pending.code === CODE.NEGOTIATE) this.#shape = EXTENDED;
    pending.resolve(Buffer.from(payload));
  }

  #close(error: GuestError): void {
    if (this.#end) return;
    this.#end = error;
    for (const pending of [...this.#fifo, ...this.#byId.values()]) {
      pending.reject(new GuestError(error.code, `${nameOf(pending.code)}: ${error.message}`, { cause: error }));
    }
    this.#fifo = [];
    this.#byId.clear();
    this.#settleClosed(error);
  }
}

function tooLong(command: number, length: number, limit: number): GuestError {
  return new GuestError(
    'UNSUPPORTED',
    `${nameOf(command)}: the message has ${length} bytes and this guest takes ${limit}; shorten the arguments and the environment`,
  );
}
