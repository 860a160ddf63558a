/** Copies between a guest's process and the client's streams, until both have everything. */
import type { GuestProcess } from '@runv/hyperstart';
import { copyOutput } from './copyOutput.ts';
import type { Stdio } from './stdio.ts';

export class Copier {
  /** Resolves when the output has been handed over, or has lost its reader; never rejects. */
  readonly done: Promise<void>;
  readonly #guest: GuestProcess;
  readonly #stdio: Stdio;

  constructor(guest: GuestProcess, stdio: Stdio, terminal: boolean) {
    this.#guest = guest;
    this.#stdio = stdio;
    const outputs = [copyOutput(guest.stdio, stdio.stdout)];
    if (guest.stderr) outputs.push(copyOutput(guest.stderr, stdio.stderr));
    else stdio.stderr?.end();
    this.done = Promise.all(outputs).then(() => {});
    this.#copyInput(terminal);
  }

  /** The process reads end of file once it has read what came before, which may still be in the client's FIFO. */
  closeStdin(): void {
    const { stdin, endStdin } = this.#stdio;
    const target = this.#guest.stdio;
    if (target.writableEnded) return;
    if (!stdin || stdin.destroyed || stdin.readableEnded) {
      target.end();
      return;
    }
    stdin.once('end', () => target.end());
    endStdin?.();
  }

  processEnded(): void {
    this.#releaseStdin();
  }

  abandon(): void {
    this.#releaseStdin();
    this.#guest.stdio.destroy();
    this.#guest.stderr?.destroy();
    this.#stdio.stdout?.destroy();
    this.#stdio.stderr?.destroy();
  }

  #copyInput(terminal: boolean): void {
    const { stdin } = this.#stdio;
    const target = this.#guest.stdio;
    // A stream of the guest's fails when its VM ends; the process's exit reports that.
    target.on('error', () => {});
    if (!stdin) {
      if (!terminal) target.end();
      return;
    }
    target.onReceived = (total) => stdin.received?.(total);
    // A terminal has no end of file: another client may attach and type on.
    stdin.pipe(target, { end: !terminal });
    stdin.on('error', () => this.closeStdin());
  }

  #releaseStdin(): void {
    const { stdin } = this.#stdio;
    if (!stdin || stdin.destroyed) return;
    stdin.unpipe(this.#guest.stdio);
    stdin.destroy();
  }
}
