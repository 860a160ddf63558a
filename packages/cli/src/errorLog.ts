/** `--log FILE`: where an engine looks for why a command failed. A line an error, in the form that it asks for. */
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Caller } from './caller.ts';

export interface LogFlags {
  readonly log?: string;
  readonly logFormat?: 'text' | 'json';
}

/** A log that cannot be written is said on standard error, and changes nothing else. */
export function logError({ cwd, stderr }: Caller, { log, logFormat }: LogFlags, message: string): void {
  if (!log) return;
  const entry = { level: 'error', msg: message, time: new Date().toISOString() };
  const text = `time=${JSON.stringify(entry.time)} level=error msg=${JSON.stringify(message)}`;
  try {
    appendFileSync(resolve(cwd, log), `${logFormat === 'json' ? JSON.stringify(entry) : text}\n`);
  } catch (error) {
    stderr.write(`runv: --log ${log} cannot be written: ${(error as Error).message}\n`);
  }
}
