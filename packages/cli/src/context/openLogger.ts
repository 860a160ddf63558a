/** The daemon's log: JSON lines, in a file or on standard error. */
import pino, { type Logger } from 'pino';
import { fitForLog, fitText } from './fitForLog.ts';
import type { Globals } from './globals.ts';

export async function openLogger({ log, logLevel }: Pick<Globals, 'log' | 'logLevel'>): Promise<Logger> {
  // Written synchronously: after a crash, the last line is the one that is needed.
  const destination = pino.destination({ dest: log ?? 2, sync: true, mkdir: true, append: true });
  return pino(
    {
      level: logLevel,
      timestamp: pino.stdTimeFunctions.isoTime,
      base: { pid: process.pid },
      // The one place through which all texts go: guests and clients have a say in ids, names and messages of errors.
      formatters: { log: fitForLog },
      // Pino's own would take what is made of an error for another one.
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(given, log) {
          const [first, ...more]: readonly unknown[] = given;
          const all = first instanceof Error ? [{ err: first }, ...(more.length > 0 ? more : [first.message])] : given;
          log.apply(this, all.map((one) => (typeof one === 'string' ? fitText(one) : one)) as typeof given);
        },
      },
    },
    destination,
  );
}
