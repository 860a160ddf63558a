// Runs one well-known command, with an argument list, and turns its failure into an error that names what to install.
import type { ExecaError } from 'execa';
import { GuestImageError } from './errors.ts';

const debianPackages: Record<string, string> = {
  'apt-cache': 'apt',
  'apt-get': 'apt',
  cpio: 'cpio',
  'dpkg-deb': 'dpkg',
  make: 'make',
  patch: 'patch',
  strip: 'binutils',
  tar: 'tar',
  xz: 'xz-utils',
};

export interface RunOptions {
  readonly cwd?: string;
  /** Beside this process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes for its stdin. */
  readonly input?: string;
  /** A file that becomes its stdin. */
  readonly inputFile?: string;
  /** A file that its stdout is written to. */
  readonly outputFile?: string;
  /** Called with each line of its stdout as it comes. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Gives what the command wrote to stdout. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  // Only now: who merely looks for the images runs nothing.
  const { ExecaError: CommandError, execa } = await import('execa');
  try {
    const result = await execa(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.inputFile === undefined ? {} : { inputFile: options.inputFile }),
      ...(options.outputFile === undefined ? {} : { stdout: { file: options.outputFile } }),
      ...(options.onLine === undefined ? {} : { stdout: eachLine(options.onLine) }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      // Messages are looked at, so they must be in one language.
      env: { ...options.env, LC_ALL: 'C' },
    });
    return typeof result.stdout === 'string' ? result.stdout : '';
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof CommandError ? explain(command, args, error) : error;
  }
}

function eachLine(onLine: (line: string) => void) {
  return function* (line: unknown) {
    onLine(String(line));
    yield line;
  };
}

function explain(command: string, args: readonly string[], error: ExecaError): GuestImageError {
  if (error.code === 'ENOENT' && debianPackages[command] !== undefined) {
    const message = `The command ${command} is missing: install Debian's package ${debianPackages[command]}`;
    return new GuestImageError('MISSING_TOOL', message, { cause: error });
  }
  const said = typeof error.stderr === 'string' ? error.stderr.trim().split('\n').slice(-3).join('; ') : '';
  const message = `${command} ${args.join(' ')} failed: ${said === '' ? error.shortMessage : said}`;
  return new GuestImageError('COMMAND_FAILED', message, { cause: error });
}
