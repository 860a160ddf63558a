/**
 * A process's stdin, as its shim sends it: every byte once, whatever is sent again. The shim keeps what the guest has not got, since
 * this daemon may be killed before it has passed that on.
 */
import { Readable } from 'node:stream';
import type { InputSource } from '@runv/supervisor';
import { INPUT_WINDOW, ShimProtocolError } from './frames.ts';

export class ShimInput extends Readable implements InputSource {
  readonly #tell: (taken: number) => void;
  #received: number;
  #taken: number;
  #ended = false;

  /**
   * @param tell hears how much was taken, whenever that has grown
   * @param from the offset of its first byte: the guest has those before
   */
  constructor(tell: (taken: number) => void, from = 0) {
    super({ highWaterMark: INPUT_WINDOW });
    this.#tell = tell;
    this.#received = from;
    this.#taken = from;
    // Whoever reads it comes later; until then a failure is not an error of the program's.
    this.on('error', () => {});
  }

  /** Bytes that the guest has. */
  get taken(): number {
    return this.#taken;
  }

  /** @throws ShimProtocolError when something is missing before it, or it is more than was TAKEN allows */
  receive(offset: number, data: Buffer): void {
    if (offset > this.#received) {
      throw new ShimProtocolError(`stdin goes on at ${offset}, and has come as far as ${this.#received}`);
    }
    const fresh = data.subarray(this.#received - offset);
    if (fresh.length === 0 || this.destroyed) return;
    if (this.#ended) throw new ShimProtocolError(`stdin goes on after its end at ${this.#received}`);
    this.#received += fresh.length;
    if (this.#received - this.#taken > INPUT_WINDOW) {
      throw new ShimProtocolError(`stdin has come as far as ${this.#received}, of which ${this.#taken} were taken`);
    }
    this.push(fresh);
  }

  /** @throws ShimProtocolError when it cannot end there */
  endAt(offset: number): void {
    if (this.destroyed) return;
    if (offset !== this.#received) {
      throw new ShimProtocolError(`stdin ends at ${offset}, and has come as far as ${this.#received}`);
    }
    if (!this.#ended) this.push(null);
    this.#ended = true;
  }

  override _read(): void {}

  received(total: number): void {
    const taken = Math.min(total, this.#received);
    if (taken <= this.#taken || this.destroyed) return;
    this.#taken = taken;
    this.#tell(taken);
  }
}
