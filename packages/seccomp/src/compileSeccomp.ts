/** From a profile to its program; the same profile is compiled once. */
import { spawn } from 'node:child_process';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SeccompError } from './errors.ts';
import type { SeccompProfile } from './profile.ts';
import { toLines } from './toLines.ts';

const compiler = fileURLToPath(new URL('../dist/runv-seccomp', import.meta.url));

/** It takes some 20 ms. */
const LIMIT_MS = 30_000;

/** Programs that are remembered; most containers of a host have one of a few profiles. */
const MOST = 64;

const known = new Map<string, Promise<Buffer>>();

/**
 * @returns `struct sock_filter` one after the other, for a guest on x86-64
 * @throws SeccompError, or the signal's reason
 * @example
 * const program = await compileSeccomp({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [
 *   { names: ['mount'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
 * ] });
 */
export async function compileSeccomp(profile: SeccompProfile, signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted();
  const lines = toLines(profile);
  const program = known.get(lines) ?? compile(lines);
  // The newest last; the oldest goes.
  known.delete(lines);
  known.set(lines, program);
  for (const oldest of known.keys()) if (known.size > MOST) known.delete(oldest);
  try {
    return await program;
  } catch (error) {
    known.delete(lines);
    throw error;
  } finally {
    signal?.throwIfAborted();
  }
}

async function compile(lines: string): Promise<Buffer> {
  const child = spawn(compiler, [], { stdio: 'pipe', timeout: LIMIT_MS, killSignal: 'SIGKILL', env: {} });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(signal ?? status));
  });
  // Its end says what went wrong, not the pipe's.
  child.stdin.on('error', () => {});
  child.stdin.end(lines);
  try {
    const [program, said, status] = await Promise.all([buffer(child.stdout), text(child.stderr), ended]);
    if (status === 0) return program;
    throw new SeccompError('INVALID', `linux.seccomp: ${said.trim() || `its compiler ended with ${status}`}`);
  } catch (error) {
    if (error instanceof SeccompError) throw error;
    const { message } = error as Error;
    throw new SeccompError('FAILED', `linux.seccomp: ${compiler} cannot be run: ${message}`, { cause: error });
  }
}
