/** A client's FIFOs, like those of containerd's clients: passed by name, opened for reading before the call. */
import { constants, createWriteStream, open as openCallback } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { execa } from 'execa';

const openFd = promisify(openCallback);

export class Fifos implements AsyncDisposable {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  static async make(): Promise<Fifos> {
    const dir = await mkdtemp(join(tmpdir(), 'runv-fifo-'));
    await execa(
      'mkfifo',
      ['stdin', 'stdout', 'stderr'].map((name) => join(dir, name)),
    );
    return new Fifos(dir);
  }

  path(name: 'stdin' | 'stdout' | 'stderr'): string {
    return join(this.#dir, name);
  }

  /** The paths of stdout and stderr for a request. */
  get outputs(): { stdout: string; stderr: string } {
    return { stdout: this.path('stdout'), stderr: this.path('stderr') };
  }

  /** Opens a FIFO for reading. */
  async reader(name: 'stdout' | 'stderr'): Promise<Socket> {
    const fd = await openFd(this.path(name), constants.O_RDONLY | constants.O_NONBLOCK);
    return new Socket({ fd, readable: true, writable: false });
  }

  /** Opens a FIFO for reading; the returned function resolves with all data until the writer closes. */
  async readAll(name: 'stdout' | 'stderr'): Promise<() => Promise<Buffer>> {
    const all = buffer(await this.reader(name));
    return () => all;
  }

  /** Opens stdin for writing, which waits for the daemon to open the other end, like open(2). */
  writer(): Writable {
    return createWriteStream(this.path('stdin'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
  }
}
