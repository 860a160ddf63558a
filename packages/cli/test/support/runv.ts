/** The command line as a user has it: a process of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

export async function runv(args: readonly string[], options: { input?: string; cwd?: string } = {}): Promise<Said> {
  const { input = '', cwd } = options;
  const settings = { reject: false, input, stripFinalNewline: false, ...(cwd ? { cwd } : {}) };
  const { stdout, stderr, exitCode } = await execa(process.execPath, [BIN, ...args], settings);
  return { stdout, stderr, exitCode };
}

export async function tempDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'runv-cli-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
