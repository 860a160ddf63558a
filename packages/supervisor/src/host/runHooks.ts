/** Runs a bundle's hooks on the host, one after the other. */
import type { Hook, OciState } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';
import { startProgram } from '../base/program.ts';

/** How much of the end of a failed hook's output is shown, in characters. */
const SHOWN = 1000;

/** The longest that a timer can wait, in ms: 25 days. */
const LONGEST_MS = 2 ** 31 - 1;

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
    // The hook's path is one of the host's: the shim's mount namespace, which has only the container's files, is not entered.
    const netns = inNamespacesOf === undefined ? undefined : `/proc/${inNamespacesOf}/ns/net`;
    await run(name, { hook, netns, state, signal });
  }
}

interface One {
  readonly hook: Hook;
  readonly netns: string | undefined;
  readonly state: OciState;
  readonly signal: AbortSignal | undefined;
}

async function run(name: string, { hook, netns, state, signal }: One): Promise<void> {
  const limit = hook.timeout === undefined ? undefined : AbortSignal.timeout(Math.min(hook.timeout * 1000, LONGEST_MS));
  const signals = [signal, limit].filter((one) => one !== undefined);
  const failed = (how: string) => new SupervisorError('FAILED', `${name} ${how}`);
  const { path, args: [argv0 = path, ...args] = [] } = hook;
  const program = startProgram(path, args, {
    argv0,
    netns,
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
