/** Waits for a container's process to end, and forwards this process's signals to its shim. */
import type { ChildProcess } from 'node:child_process';

/** With SIGWINCH the shim reads the size of the terminal. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const;

/** The exit code of a shim that was killed or lost its daemon. */
const LOST = 255;

/** Resolves with the process's exit status. */
export async function followShim(child: ChildProcess | undefined): Promise<number> {
  if (!child) throw new Error('a shim that is no child of this process cannot be followed');
  const forward = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    return await new Promise<number>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? LOST);
      child.once('exit', (code) => resolve(code ?? LOST));
    });
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}
