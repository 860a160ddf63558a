/** The file operations that the log needs. A `FileHandle` has them all; a test can substitute its own. */
import { type FileHandle, open } from 'node:fs/promises';

/** What `stat` says of a file. */
export interface FileFacts {
  readonly size: number;
  readonly ino: number;
  readonly dev: number;
  readonly nlink: number;
  readonly uid: number;
  readonly mode: number;
}

export type LogFile = Pick<FileHandle, 'close' | 'datasync' | 'truncate'> & {
  stat(): Promise<FileFacts>;
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(buffer: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
};

export type OpenLogFile = (path: string, flags: number) => Promise<LogFile>;

/** Opens a file that only its owner may read, because events reveal what runs on this machine. */
export const openLogFile: OpenLogFile = (path, flags) => open(path, flags, 0o600);
