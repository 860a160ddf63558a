/** Writes to a client's stdout or stderr path. A FIFO is opened once somebody reads it. */
import { constants } from 'node:fs';
import { Writable } from 'node:stream';
import { openForWriting } from './openPath.ts';

/** No event tells that a reader has opened a FIFO: it has to be tried, soon at first, and less often when none came. */
const TRY_MS = { first: 2, growth: 1.2, longest: 100 };
/** How long after the process's end a reader may still come, in ms. */
const LATE_READER_MS = 10_000;

export class PathWriter extends Writable {
  readonly #path: string;
  readonly #lateReaderMs: number;
  #inner: Writable | undefined;

  /** @param lateReaderMs how long after its end a reader may still come */
  constructor(path: string, lateReaderMs = LATE_READER_MS) {
    super({ highWaterMark: 64 << 10 });
    this.#path = path;
    this.#lateReaderMs = lateReaderMs;
    // A client that goes away takes its FIFOs with it at any moment, also while nobody here looks.
    this.on('error', () => {});
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#open().then((inner) => {
      this.#inner = inner;
      inner?.once('error', (error) => this.destroy(error));
      done();
    }, done);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#inner?.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#inner?.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner?.destroy();
    done(error);
  }

  async #open(): Promise<Writable | undefined> {
    let endedAt: number | undefined;
    for (let pause = TRY_MS.first; !this.destroyed; pause = Math.min(pause * TRY_MS.growth, TRY_MS.longest)) {
      try {
        const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK;
        return (await openForWriting(this.#path, flags)).stream;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
      }
      if (this.writableEnded) endedAt ??= performance.now();
      if (endedAt && performance.now() - endedAt > this.#lateReaderMs) throw new Error(`nobody reads ${this.#path}`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return undefined;
  }
}
