/** A process's stdin, as its shim sends it: every byte once, whatever is sent again. */
import { Readable } from 'node:stream';
import { ShimProtocolError, WINDOW } from './frames.ts';

export class ShimInput extends Readable {
  readonly #tell: (taken: number) => void;
  #received = 0;
  #taken = 0;
  #ended = false;

  /** @param tell hears how much was taken, whenever that has grown */
  constructor(tell: (taken: number) => void) {
    super({ highWaterMark: WINDOW });
    this.#tell = tell;
    // Whoever reads it comes later; until then a failure is not an error of the program's.
    this.on('error', () => {});
  }

  /** Bytes that the consumer has taken. */
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
    if (this.#received - this.#taken > WINDOW) {
      throw new ShimProtocolError(`stdin has come as far as ${this.#received}, of which ${this.#taken} were taken`);
    }
    this.push(fresh);
    this.#count();
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

  override read(size?: number) {
    const chunk = super.read(size);
    this.#count();
    return chunk;
  }

  /** What is in no buffer here any more has been taken. */
  #count(): void {
    const taken = this.#received - this.readableLength;
    if (taken === this.#taken || this.destroyed) return;
    this.#taken = taken;
    this.#tell(taken);
  }
}
