/** Checks the constraints on a spec that its types cannot express. */
import type { Hook, Spec } from './types.ts';

/** The kernel's limit of a host name, in bytes. */
const HOSTNAME_BYTES = 64;

/** The newest major version of the runtime-spec that is supported. */
const MAJOR = 1;

/** Returns what is wrong, in one line, or undefined. */
export function checkSemantics(spec: Spec): string | undefined {
  return (
    checkVersion(spec.ociVersion) ??
    checkProcess(spec.process) ??
    checkRoot(spec) ??
    checkHostname(spec) ??
    checkHooks(spec) ??
    checkZeroBytes(spec)
  );
}

function checkVersion(version: string): string | undefined {
  const major = /^(\d+)\.\d+\.\d+(?:[-+][\w.+-]+)?$/.exec(version)?.[1];
  if (major === undefined) return `ociVersion: expected a version such as "1.0.2", found ${JSON.stringify(version)}`;
  if (Number(major) > MAJOR)
    return `ociVersion: expected ${MAJOR}.x, found ${version}, which is newer than this runtime`;
  return undefined;
}

/** Returns what is wrong, in one line, or undefined. */
export function checkProcess(process: Spec['process']): string | undefined {
  if (process.args.length === 0) return 'process.args: expected the command to run, found an empty list';
  if (!process.cwd.startsWith('/'))
    return `process.cwd: expected an absolute path, found ${JSON.stringify(process.cwd)}`;
  return undefined;
}

function checkRoot(spec: Spec): string | undefined {
  return spec.root.path === ''
    ? 'root.path: expected the path of the root file system, found an empty string'
    : undefined;
}

function checkHostname({ hostname = '' }: Spec): string | undefined {
  const bytes = Buffer.byteLength(hostname);
  return bytes > HOSTNAME_BYTES ? `hostname: expected at most ${HOSTNAME_BYTES} bytes, found ${bytes}` : undefined;
}

/** A relative path would be looked for in the directory that the runtime happens to be in (runtime-spec, "POSIX-platform Hooks"). */
function checkHooks({ hooks = {} }: Spec): string | undefined {
  for (const [kind, list] of Object.entries(hooks))
    for (const [index, hook] of (Array.isArray(list) ? list : []).entries()) {
      const field = `hooks.${kind}[${index}]`;
      const { path, timeout } = hook as Hook;
      if (!path.startsWith('/')) return `${field}.path: expected an absolute path, found ${JSON.stringify(path)}`;
      if (timeout !== undefined && timeout <= 0)
        return `${field}.timeout: expected a number of seconds above 0, found ${timeout}`;
    }
  return undefined;
}

// JSON can represent a zero byte but a system call cannot: the rest of the string would be cut off silently.
function checkZeroBytes({ process, hostname, root }: Spec): string | undefined {
  const fields: [string, string | undefined][] = [
    ...process.args.map((arg, index): [string, string] => [`process.args[${index}]`, arg]),
    ...(process.env ?? []).map((variable, index): [string, string] => [`process.env[${index}]`, variable]),
    ['process.cwd', process.cwd],
    ['hostname', hostname],
    ['root.path', root.path],
  ];
  const wrong = fields.find(([, value]) => value?.includes('\0'));
  return wrong && `${wrong[0]}: expected any byte but 0, found one`;
}
