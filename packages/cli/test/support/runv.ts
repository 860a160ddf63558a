/** The command line as a user has it: a process of its own. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

/** Without the driver that the tests' environment names; an empty name would override the config file. */
export const UNNAMED = ['env', '--unset=RUNV_DRIVER', process.execPath, BIN];

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

export async function runv(
  args: readonly string[],
  options: { input?: string; cwd?: string; env?: Record<string, string>; program?: readonly string[] } = {},
): Promise<CommandResult> {
  const { input = '', cwd, env = {}, program = [process.execPath, BIN] } = options;
  await using dir = await tempDir();
  // Files, because a container that outlives its command keeps the stdio that this had.
  const [stdout, stderr] = [join(dir.path, 'stdout'), join(dir.path, 'stderr')];
  const into = 'out=$1 err=$2; shift 2; exec "$@" > "$out" 2> "$err"';
  const { exitCode } = await execa('sh', ['-c', into, 'sh', stdout, stderr, ...program, ...args], {
    ...{ reject: false, env, ...(cwd ? { cwd } : {}), ...(input ? { input } : { stdin: 'ignore' }) },
  });
  return { stdout: await readFile(stdout, 'utf8'), stderr: await readFile(stderr, 'utf8'), exitCode };
}

export async function tempDir(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'runv-cli-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
