/** Compiles a profile to a BPF program; the same profile is compiled once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { SeccompError } from './errors.ts';
import type { SeccompProfile } from './profile.ts';
import { toLines } from './toLines.ts';

const compiler = fileURLToPath(new URL('../dist/runv-seccomp', import.meta.url));

/** The compiler takes some 20 ms. */
const LIMIT_MS = 30_000;

/** The size of the cache; most containers of a host have one of a few profiles. */
const MAX_CACHED = 64;

const cache = new Map<string, Promise<Buffer>>();

/**
 * @returns an array of `struct sock_filter`, for a guest on x86-64
 * @throws SeccompError, or the signal's reason
 * @example
 * const program = await compileSeccomp({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [
 *   { names: ['mount'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
 * ] });
 */
export async function compileSeccomp(profile: SeccompProfile, signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted();
  const lines = toLines(profile);
  const program = cache.get(lines) ?? compile(lines);
  // Moved to the end, so that the least recently used one is deleted first.
  cache.delete(lines);
  cache.set(lines, program);
  for (const oldest of cache.keys()) if (cache.size > MAX_CACHED) cache.delete(oldest);
  try {
    return await program;
  } catch (error) {
    cache.delete(lines);
    throw error;
  } finally {
    signal?.throwIfAborted();
  }
}

async function compile(lines: string): Promise<Buffer> {
  const child = spawn(compiler, [], { stdio: 'pipe', timeout: LIMIT_MS, killSignal: 'SIGKILL', env: {} });
  await once(child, 'spawn').catch((error: Error) => {
    throw new SeccompError('FAILED', `linux.seccomp: ${compiler} cannot be run: ${error.message}`, { cause: error });
  });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  // Its exit status says what went wrong; an error of the pipe does not matter.
  child.stdin.on('error', () => {});
  child.stdin.end(lines);
  const [program, message, [status, signal]] = await Promise.all([buffer(child.stdout), text(child.stderr), ended]);
  if (status === 0) return program;
  throw new SeccompError(
    'INVALID',
    `linux.seccomp: ${message.trim() || `its compiler ended with ${signal ?? status}`}`,
  );
}
