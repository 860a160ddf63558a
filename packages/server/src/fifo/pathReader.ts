/** Reads a client's stdin path. A FIFO that nobody has opened for writing yet is waited for; its last writer's close is the end. */
import { constants } from 'node:fs';
import { Readable } from 'node:stream';
import { openForReading } from './openPath.ts';

export class PathReader extends Readable {
  readonly #path: string;
  #inner: Readable | undefined;

  constructor(path: string) {
    super({ highWaterMark: 64 << 10 });
    this.#path = path;
  }

  override _construct(done: (error?: Error | null) => void): void {
    openForReading(this.#path, constants.O_RDONLY | constants.O_NONBLOCK).then((inner) => {
      this.#inner = inner;
      inner.on('data', (chunk: Buffer) => {
        if (!this.push(chunk)) inner.pause();
      });
      inner.once('end', () => this.push(null));
      inner.once('error', (error) => this.destroy(error));
      inner.pause();
      done();
    }, done);
  }

  override _read(): void {
    this.#inner?.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner?.destroy();
    done(error);
  }
}
