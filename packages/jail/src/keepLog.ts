/**
 * Keeps the end of a stream in files: `path` and, before it, `path.1`. Each has at most half of the bound, so a guest that
 * prints for ever costs neither the disk nor the daemon: after the first LOG_BYTES it is read a chunk every PACE_MS.
 */
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

export const LOG_BYTES = 256 * 1024;
const PACE_MS = 20;

/**
 * Settles (never rejects) when the stream has ended and what it carried is in the files.
 *
 * @param hurry ends the pacing when it settles: what is left in the stream is bounded then
 */
export async function keepLog(source: Readable, path: string, hurry: Promise<unknown>): Promise<void> {
  const log = new RotatingFile(path);
  const pacing = new AbortController();
  void hurry.finally(() => pacing.abort());
  let bytes = 0;
  try {
    for await (const chunk of source) {
      await log.append(chunk);
      bytes += chunk.length;
      if (bytes > LOG_BYTES) await delay(PACE_MS, undefined, { signal: pacing.signal }).catch(() => {});
    }
  } catch {
    // The stream broke off (a connection reset when a hypervisor is killed): what came before is what there is.
  } finally {
    await log.close();
  }
}

/** The last lines of what keepLog has written at `path`; none where nothing was. */
export async function tailLog(path: string, lines: number): Promise<string> {
  const [older, newer] = await Promise.all([readIfThere(`${path}.1`), readIfThere(path)]);
  const all = (older + newer).replaceAll('\r\n', '\n').replace(/\n$/, '').split('\n');
  return lines <= 0 ? '' : all.slice(-lines).join('\n');
}

class RotatingFile {
  readonly #path: string;
  #file: FileHandle | undefined;
  #size = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** A log that cannot be written (a full disk) is lost, and ends nothing. */
  async append(chunk: Buffer): Promise<void> {
    try {
      if (this.#size + chunk.length > LOG_BYTES / 2) await this.#rotate();
      this.#file ??= await this.#openFile();
      this.#size += (await this.#file.write(chunk.subarray(-LOG_BYTES / 2))).bytesWritten;
    } catch {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#file?.close().catch(() => {});
    this.#file = undefined;
  }

  async #openFile(): Promise<FileHandle> {
    const file = await open(this.#path, 'a', 0o600);
    this.#size = (await file.stat()).size;
    return file;
  }

  async #rotate(): Promise<void> {
    await this.close();
    await rename(this.#path, `${this.#path}.1`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    this.#size = 0;
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
