/** `--log FILE`: the log that tells an engine why a command failed and what it ignored, as text or JSON lines. */
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CommandContext } from './commandContext.ts';

export interface LogFlags {
  readonly log?: string;
  readonly logFormat?: 'text' | 'json';
}

export function logError(context: CommandContext, flags: LogFlags, message: string): void {
  write(context, flags, 'error', message);
}

export function logWarning(context: CommandContext, flags: LogFlags, message: string): void {
  write(context, flags, 'warning', message);
}

/** An error of writing the log goes to standard error and changes nothing else. */
function write({ cwd, stderr }: CommandContext, { log, logFormat }: LogFlags, level: string, message: string): void {
  if (!log) return;
  const entry = { level, msg: message, time: new Date().toISOString() };
  const text = `time=${JSON.stringify(entry.time)} level=${level} msg=${JSON.stringify(message)}`;
  try {
    appendFileSync(resolve(cwd, log), `${logFormat === 'json' ? JSON.stringify(entry) : text}\n`);
  } catch (error) {
    stderr.write(`runv: --log ${log} cannot be written: ${(error as Error).message}\n`);
  }
}
