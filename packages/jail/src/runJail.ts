/** Runs one of the jail's short commands to its end. */
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { spawn } from '@runv/spawner';
import { cannotRun, JailError } from './errors.ts';
import { jailPath } from './jailPath.ts';

/**
 * @param descriptors what it finds from descriptor 3 on
 * @throws {JailError} with its own line
 */
export async function runJail(
  args: readonly string[],
  descriptors: readonly number[],
  path = jailPath(),
): Promise<void> {
  const { streams, ended } = await spawn(path, args, { env: {}, stdio: ['null', 'null', 'out', ...descriptors] }).catch(
    cannotRun(path),
  );
  const [line, { code, signal }] = await Promise.all([text(streams[2] as Readable), ended]);
  if (code !== 0) throw new JailError(line.trim() || `the jail's program ended with ${signal ?? `status ${code}`}`);
}
