/** Reads a client's stdin path. A FIFO that nobody has opened for writing yet is waited for; its last writer's close is the end. */
import { constants, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type Opened, openForReading } from './openPath.ts';

const CHUNK = 64 << 10;

/** @throws Error of the file system when there is nothing to open */
export async function openPathReader(path: string): Promise<PathReader> {
  return new PathReader(await openForReading(path, constants.O_RDONLY | constants.O_NONBLOCK));
}

export class PathReader extends Readable {
  readonly #opened: Opened<Readable>;
  readonly #inner: Readable;
  #ending = false;

  constructor(opened: Opened<Readable>) {
    super({ highWaterMark: CHUNK });
    this.#opened = opened;
    this.#inner = opened.stream;
    this.#inner.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) this.#inner.pause();
    });
    if (opened.kind === 'fifo') this.#inner.once('data', () => this.#touch());
    this.#inner.once('end', () => this.#ending || this.push(null));
    this.#inner.once('error', (error) => this.destroy(error));
    this.#inner.pause();
    // Whoever reads it comes later; until then a failure is not an error of the program's.
    this.on('error', () => {});
  }

  override _read(): void {
    if (!this.#ending) this.#inner.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner.destroy();
    done(error);
  }

  /** Reads what is in the FIFO now, and no more. A file ends by itself, with all that is in it. */
  endAfterWhatIsThere(): void {
    if (this.#ending || this.readableEnded || this.destroyed || this.#opened.kind === 'file') return;
    this.#ending = true;
    this.#inner.removeAllListeners('data');
    if (this.#opened.kind === 'fifo') this.#takeRest();
    this.push(null);
    this.#inner.destroy();
  }

  /** Without a turn of the event loop in between, so that nobody else reads meanwhile; a FIFO holds 1 MiB at most. */
  #takeRest(): void {
    for (let chunk = this.#inner.read(); chunk; chunk = this.#inner.read()) this.push(chunk);
    for (let chunk = readNow(this.#opened.fd); chunk; chunk = readNow(this.#opened.fd)) this.push(chunk);
  }

  /**
   * A writer that closed before we opened left its bytes but no hang-up: the kernel tells only of writers that came
   * after us. Once there are bytes, being one such writer for a moment makes it tell.
   */
  #touch(): void {
    // By the descriptor, because the client may have removed the name.
    open(`/proc/self/fd/${this.#opened.fd}`, constants.O_WRONLY | constants.O_NONBLOCK).then(
      (handle) => handle.close(),
      () => {},
    );
  }
}

/** Nothing when there is nothing there, or nobody who writes. */
function readNow(fd: number): Buffer | undefined {
  const buffer = Buffer.alloc(CHUNK);
  try {
    const size = readSync(fd, buffer);
    return size > 0 ? buffer.subarray(0, size) : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}
