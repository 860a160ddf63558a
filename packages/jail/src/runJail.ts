/** Runs one of the jail's short commands to its end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { cannotRun, JailError } from './errors.ts';
import { jailPath } from './jailPath.ts';

/**
 * @param fd what it finds as descriptor 3
 * @throws {JailError} with its own line
 */
export async function runJail(args: readonly string[], fd: number, path = jailPath()): Promise<void> {
  const child = spawn(path, args, { cwd: '/', env: {}, stdio: ['ignore', 'ignore', 'pipe', fd] });
  await once(child, 'spawn').catch(cannotRun(path));
  const ended = once(child, 'close');
  const [line, [code, signal]] = await Promise.all([text(child.stderr as Readable), ended]);
  if (code !== 0) throw new JailError(line.trim() || `the jail's program ended with ${signal ?? `status ${code}`}`);
}
