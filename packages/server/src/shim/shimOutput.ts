/** A process's stdout or stderr, on its way to the shim: kept until the shim has passed it on. */
import { Writable } from 'node:stream';
import type { OutputTarget } from '@runv/supervisor';
import { LONGEST_DATA, OUTPUT_WINDOW, outputEnd, outputHead, ShimProtocolError } from './frames.ts';

type Done = (error?: Error | null) => void;
type Send = (...frames: Buffer[]) => void;

export class ShimOutput extends Writable implements OutputTarget {
  readonly passedBefore: number;
  onPassed: (bytes: number) => void = () => {};
  readonly #stream: number;
  /** What was not passed on, from `#passed` to `#written`. */
  readonly #kept: Buffer[] = [];
  #passed: number;
  /** On this connection; at most `#known` on any. */
  #sent: number;
  #known: number;
  #written: number;
  #ending = false;
  #send: Send | undefined;
  #waiting: { until: number; readonly done: Done } | undefined;
  #held = false;
  #window = OUTPUT_WINDOW;
  #caughtUp: (() => void) | undefined;

  /** @param from the offset of its first byte */
  constructor(stream: number, from: number) {
    super({ highWaterMark: OUTPUT_WINDOW, decodeStrings: true });
    this.passedBefore = from;
    this.#stream = stream;
    this.#passed = from;
    this.#sent = from;
    this.#known = from;
    this.#written = from;
    // A shim may be killed at any moment, also while nobody here looks.
    this.on('error', () => {});
  }

  /**
   * A connection goes on where the shim stands.
   *
   * @param window how much the shim takes beyond what it has passed on, in bytes
   * @throws ShimProtocolError when it cannot stand there
   */
  connect(passed: number, send: Send, window = OUTPUT_WINDOW): void {
    this.#window = window;
    this.passedOn(passed);
    this.#sent = this.#passed;
    this.#send = send;
    this.#sendMore();
  }

  disconnect(): void {
    this.#send = undefined;
  }

  /** @throws ShimProtocolError for what was never sent, or less than before */
  passedOn(total: number): void {
    if (this.destroyed && total >= this.#passed) return;
    if (total < this.#passed || total > this.#known) {
      throw new ShimProtocolError(
        `stream ${this.#stream} was passed on as far as ${total}, and was sent from ${this.#passed} to ${this.#known}`,
      );
    }
    const more = total - this.#passed;
    this.#drop(more);
    this.#passed = total;
    if (more > 0) this.onPassed(more);
    this.#sendMore();
    this.#answer();
    this.#tellCaughtUp();
  }

  /** Sends no more. Resolves when the shim has passed on what it was sent, or has gone. */
  async hold(): Promise<void> {
    this.#held = true;
    await new Promise<void>((resolve) => {
      this.#caughtUp = resolve;
      this.#tellCaughtUp();
    });
  }

  /** Goes on after `hold`. */
  release(): void {
    this.#held = false;
    this.#sendMore();
  }

  /** After `hold`: another shim, which has nothing yet, goes on. */
  startAgain(): void {
    const before = this.#passed;
    this.#send = undefined;
    this.#held = false;
    this.#written -= before;
    if (this.#waiting) this.#waiting.until -= before;
    this.#passed = 0;
    this.#sent = 0;
    this.#known = 0;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#kept.push(chunk);
    this.#written += chunk.length;
    this.#sendMore();
    this.#waiting = { until: this.#written - this.#window, done };
    this.#answer();
  }

  override _final(done: Done): void {
    this.#ending = true;
    this.#sendMore();
    this.#waiting = { until: this.#written, done };
    this.#answer();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#kept.length = 0;
    this.#waiting = undefined;
    this.#caughtUp?.();
    done(error);
  }

  #answer(): void {
    const waiting = this.#waiting;
    if (!waiting || this.#passed < waiting.until) return;
    this.#waiting = undefined;
    waiting.done();
  }

  #tellCaughtUp(): void {
    if (this.destroyed || this.#passed === this.#sent) this.#caughtUp?.();
  }

  #drop(count: number): void {
    let left = count;
    while (left > 0) {
      const first = this.#kept[0] as Buffer;
      if (first.length > left) {
        this.#kept[0] = first.subarray(left);
        return;
      }
      left -= first.length;
      this.#kept.shift();
    }
  }

  #sendMore(): void {
    // One that has finished is destroyed too, and its end may have been lost with the last connection.
    if (!this.#send || this.#held || (this.destroyed && !this.writableFinished)) return;
    while (this.#sent < this.#written && this.#sent < this.#passed + this.#window) {
      const piece = this.#unsent();
      this.#send(outputHead(this.#stream, this.#sent, piece.length), piece);
      this.#sent += piece.length;
      this.#known = Math.max(this.#known, this.#sent);
    }
    if (this.#ending && this.#sent === this.#written) this.#sendEnd(this.#send);
  }

  /** The next piece, as much of it as the shim takes now. */
  #unsent(): Buffer {
    let at = this.#passed;
    for (const chunk of this.#kept) {
      const behind = at + chunk.length;
      const most = Math.min(this.#passed + this.#window, this.#sent + LONGEST_DATA);
      if (behind > this.#sent) return chunk.subarray(this.#sent - at, most - at);
      at = behind;
    }
    throw new Error(`stream ${this.#stream} has nothing kept at ${this.#sent}`);
  }

  #sendEnd(send: Send): void {
    send(outputEnd(this.#stream, this.#written));
    // Said once a connection.
    this.#send = undefined;
  }
}
