/** A real file that counts what is done to it, and fails where a test says so. */
import type { LogFile, OpenLogFile } from '../../src/store/logFile.ts';
import { openLogFile } from '../../src/store/logFile.ts';

export class Disk {
  bytesRead = 0;
  reads = 0;
  writes = 0;
  syncs = 0;
  /** Thrown by each write, for as long as it is set. */
  full: Error | undefined;
  /** Thrown by the next write, after it has written this many bytes. */
  failWrite: { readonly after: number; readonly error: Error } | undefined;
  failSync: Error | undefined;
  failTruncate: Error | undefined;
  /** Writes at most so many bytes at once. */
  shortWrites = Number.POSITIVE_INFINITY;
  /** Held back until it resolves. */
  syncGate: Promise<void> | undefined;

  readonly open: OpenLogFile = async (path, flags) => this.#wrap(await openLogFile(path, flags));

  #wrap(file: LogFile): LogFile {
    return {
      close: () => file.close(),
      stat: () => file.stat(),
      read: async (buffer, offset, length, position) => {
        const result = await file.read(buffer, offset, length, position);
        this.reads++;
        this.bytesRead += result.bytesRead;
        return result;
      },
      write: async (buffer, offset, length, position) => {
        this.writes++;
        if (this.full) throw this.full;
        const failure = this.failWrite;
        if (failure === undefined)
          return await file.write(buffer, offset, Math.min(length, this.shortWrites), position);
        this.failWrite = undefined;
        if (failure.after > 0) await file.write(buffer, offset, failure.after, position);
        throw failure.error;
      },
      datasync: async () => {
        this.syncs++;
        await this.syncGate;
        const failure = this.failSync;
        this.failSync = undefined;
        if (failure !== undefined) throw failure;
        await file.datasync();
      },
      truncate: async (length) => {
        const failure = this.failTruncate;
        this.failTruncate = undefined;
        if (failure !== undefined) throw failure;
        await file.truncate(length);
      },
    };
  }
}

/** What Linux says of a disk without room. */
export function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}
