/** Runs the bundle's hooks on the host, one after the other. */
import { spawn } from 'node:child_process';
import type { Hook, OciState } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';

/** Of what a hook says, the end that is shown when it fails, in characters. */
const SHOWN = 1000;

/** By its path, because the environment is the hook's and may have no PATH. */
const NSENTER = '/usr/bin/nsenter';

/** By their names in config.json; `startContainer`, the sixth, is the guest's. */
type HostHook = 'prestart' | 'createRuntime' | 'createContainer' | 'poststart' | 'poststop';

export interface HookRun {
  readonly kind: HostHook;
  /** In bundle order; absent: none. */
  readonly hooks: readonly Hook[] | undefined;
  /** What each of them reads from its stdin. */
  readonly state: OciState;
  readonly signal?: AbortSignal | undefined;
  /** In the namespaces of the process that stands for the container, rather than in ours. */
  readonly inNamespacesOf?: number | undefined;
}

/** @throws SupervisorError `FAILED` with the first hook that failed, and its last words; the others are not run then */
export async function runHooks({ kind, hooks = [], state, signal, inNamespacesOf }: HookRun): Promise<void> {
  for (const [index, hook] of hooks.entries()) {
    const name = `hooks.${kind}[${index}] (${hook.path})`;
    const command = inNamespacesOf === undefined ? plain(hook) : entering(hook, inNamespacesOf);
    await run(name, { hook, command, state, signal });
  }
}

interface Command {
  readonly path: string;
  readonly argv0: string;
  readonly args: readonly string[];
}

function plain({ path, args = [path] }: Hook): Command {
  return { path, argv0: args[0] ?? path, args: args.slice(1) };
}

/** The hook's path is one of the host's, where the stand-in's mount namespace has only the container's. */
function entering({ path, args = [path] }: Hook, pid: number): Command {
  return { path: NSENTER, argv0: NSENTER, args: [`--net=/proc/${pid}/ns/net`, '--', path, ...args.slice(1)] };
}

interface One {
  readonly hook: Hook;
  readonly command: Command;
  readonly state: OciState;
  readonly signal: AbortSignal | undefined;
}

function run(name: string, { hook, command, state, signal }: One): Promise<void> {
  const limit = hook.timeout === undefined ? undefined : AbortSignal.timeout(hook.timeout * 1000);
  const signals = [signal, limit].filter((one) => one !== undefined);
  return new Promise((resolve, reject) => {
    const child = spawn(command.path, command.args, {
      argv0: command.argv0,
      // As runc has it: a hook starts in the bundle, with the environment that it is given and no other.
      cwd: state.bundle,
      env: environment(hook),
      stdio: ['pipe', 'pipe', 'pipe'],
      signal: AbortSignal.any(signals),
      killSignal: 'SIGKILL',
    });
    let said = '';
    const fail = (how: string) => reject(new SupervisorError('FAILED', `${name} ${how}${said && `: ${said.trim()}`}`));
    for (const output of [child.stdout, child.stderr])
      output.on('data', (chunk: Buffer) => {
        said = `${said}${chunk}`.slice(-SHOWN);
      });
    // A hook that does not read its state is none the worse for it.
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify(state));
    child.once('error', (error) => {
      if (limit?.aborted) fail(`did not end within its ${hook.timeout} s`);
      else if (signal?.aborted) reject(signal.reason);
      else fail(`could not be run: ${error.message}`);
    });
    child.once('close', (code, by) => {
      if (code === 0) resolve();
      else fail(code === null ? `was ended by ${by}` : `exited with ${code}`);
    });
  });
}

function environment({ env = [] }: Hook): Record<string, string> {
  const pairs = env.map((variable): [string, string] => {
    const at = variable.indexOf('=');
    return at < 0 ? [variable, ''] : [variable.slice(0, at), variable.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}
