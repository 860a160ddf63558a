/** The few operations of a file that the log is made of. A `FileHandle` has them all; a test can put its own between. */
import { type FileHandle, open } from 'node:fs/promises';

export type LogFile = Pick<FileHandle, 'close' | 'datasync' | 'truncate'> & {
  stat(): Promise<{ readonly size: number }>;
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(buffer: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
};

export type OpenLogFile = (path: string, flags: number) => Promise<LogFile>;

/** Opens a file that only its owner may read, because events say what runs here. */
export const openLogFile: OpenLogFile = (path, flags) => open(path, flags, 0o600);
