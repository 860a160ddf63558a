/** Runs a bundle's hooks on the host, one after the other. */
import type { Hook, OciState } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';
import { startProgram } from '../base/program.ts';

/** How much of the end of a failed hook's output is shown, in characters. */
const SHOWN = 1000;

/** The longest that a timer can wait, in ms: 25 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** An absolute path, because the hook's environment may have no PATH. */
const NSENTER = '/usr/bin/nsenter';

/** As config.json names them; `startContainer`, the sixth, runs in the guest. */
type HostHook = 'prestart' | 'createRuntime' | 'createContainer' | 'poststart' | 'poststop';

export interface HookRun {
  readonly kind: HostHook;
  /** In bundle order; absent: none. */
  readonly hooks: readonly Hook[] | undefined;
  /** What each of them reads from its stdin. */
  readonly state: OciState;
  readonly signal?: AbortSignal | undefined;
  /** Run in the network namespace of this process, the container's shim, instead of the daemon's. */
  readonly inNamespacesOf?: number | undefined;
}

/** @throws SupervisorError `FAILED` for the first hook that fails, with the end of its output; later hooks do not run */
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

/** The hook's path is one of the host's, because the shim's mount namespace, which has only the container's files, is not entered. */
function entering({ path, args = [path] }: Hook, pid: number): Command {
  return { path: NSENTER, argv0: NSENTER, args: [`--net=/proc/${pid}/ns/net`, '--', path, ...args.slice(1)] };
}

interface One {
  readonly hook: Hook;
  readonly command: Command;
  readonly state: OciState;
  readonly signal: AbortSignal | undefined;
}

async function run(name: string, { hook, command, state, signal }: One): Promise<void> {
  const limit = hook.timeout === undefined ? undefined : AbortSignal.timeout(Math.min(hook.timeout * 1000, LONGEST_MS));
  const signals = [signal, limit].filter((one) => one !== undefined);
  const failed = (how: string) => new SupervisorError('FAILED', `${name} ${how}`);
  const program = startProgram(command.path, command.args, {
    argv0: command.argv0,
    // As with runc, a hook starts in the bundle, with its own environment alone.
    cwd: state.bundle,
    env: environment(hook),
    signal: AbortSignal.any(signals),
    keep: SHOWN,
  });
  program.send(JSON.stringify(state));
  const { status, output } = await program.ended.catch((error: Error) => {
    if (limit?.aborted) throw failed(`did not end within its ${hook.timeout} s`);
    if (signal?.aborted) throw signal.reason;
    throw failed(`could not be run: ${error.message}`);
  });
  if (status === 0) return;
  const said = output.trim();
  const how = typeof status === 'number' ? `exited with ${status}` : `was ended by ${status}`;
  throw failed(`${how}${said && `: ${said}`}`);
}

function environment({ env = [] }: Hook): Record<string, string> {
  const pairs = env.map((variable): [string, string] => {
    const at = variable.indexOf('=');
    return at < 0 ? [variable, ''] : [variable.slice(0, at), variable.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}
