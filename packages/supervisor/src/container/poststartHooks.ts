/** Runs the hooks that follow a program's start. */
import { phase } from '@runv/timeline';
import { runHooks } from '../host/runHooks.ts';
import type { Container } from './container.ts';
import type { Context } from './context.ts';
import { killInit } from './killInit.ts';

/** @throws SupervisorError `FAILED` when one fails; the container is then killed */
export async function runPoststartHooks(context: Context, container: Container): Promise<void> {
  const hooks = container.bundle.spec.hooks?.poststart;
  if (!hooks) return;
  const { state } = container;
  try {
    await phase('run hooks', () => runHooks({ kind: 'poststart', hooks, state, signal: context.stopping }));
  } catch (error) {
    // The program may have ended meanwhile.
    await killInit(context, container).catch(() => {});
    throw error;
  }
}
