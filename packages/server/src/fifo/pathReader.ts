/** Reads a client's stdin path. A FIFO that nobody has opened for writing yet is waited for; its last writer's close is the end. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { openForReading } from './openPath.ts';

/** @throws Error of the file system when there is nothing to open */
export async function openPathReader(path: string): Promise<PathReader> {
  return new PathReader(path, await openForReading(path, constants.O_RDONLY | constants.O_NONBLOCK));
}

export class PathReader extends Readable {
  readonly #path: string;
  readonly #inner: Readable;
  #ending = false;

  constructor(path: string, inner: Readable) {
    super({ highWaterMark: 64 << 10 });
    this.#path = path;
    this.#inner = inner;
    // As for a writer: it may fail while nobody here looks.
    this.on('error', () => {});
    inner.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) inner.pause();
    });
    inner.once('data', () => this.#touch());
    inner.once('end', () => this.#ending || this.push(null));
    inner.once('error', (error) => this.destroy(error));
    inner.pause();
  }

  override _read(): void {
    if (!this.#ending) this.#inner.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.destroy();
    done(error);
  }

  /** Reads what is in the FIFO now, and no more. */
  endAfterWhatIsThere(): void {
    if (this.#ending || this.readableEnded) return;
    this.#ending = true;
    this.#inner.removeAllListeners('data');
    this.#inner.pause();
    this.#readRest().then(
      () => this.push(null),
      (error: Error) => this.destroy(error),
    );
  }

  /** By a descriptor of its own, because only a read of ours can tell "nothing there" from "nothing yet". */
  async #readRest(): Promise<void> {
    const handle = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.alloc(64 << 10), 0, 64 << 10, null);
        if (bytesRead === 0) return;
        this.push(buffer.subarray(0, bytesRead));
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    } finally {
      await handle.close();
    }
  }

  /**
   * A writer that closed before we opened left its bytes but no hang-up: the kernel tells only of writers that came
   * after us. Once there are bytes, being one such writer for a moment makes it tell.
   */
  #touch(): void {
    open(this.#path, constants.O_WRONLY | constants.O_NONBLOCK).then(
      (handle) => handle.close(),
      () => {},
    );
  }
}
