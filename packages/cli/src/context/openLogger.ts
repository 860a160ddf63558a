/** The daemon's log: JSON lines, in a file or on standard error. */
import pino, { type Logger } from 'pino';
import type { Globals } from './globals.ts';

export async function openLogger({ log, debug }: Pick<Globals, 'log' | 'debug'>): Promise<Logger> {
  // Written synchronously: after a crash, the last line is the one that is needed.
  const destination = pino.destination({ dest: log ?? 2, sync: true, mkdir: true, append: true });
  return pino(
    { level: debug ? 'debug' : 'warn', timestamp: pino.stdTimeFunctions.isoTime, base: { pid: process.pid } },
    destination,
  );
}
