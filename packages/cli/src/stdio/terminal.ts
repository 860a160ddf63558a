/** This process's terminal on behalf of one in a container: raw, and with its size passed on. */
import type { RunvClient } from '@runv/api';

/** Until disposed, keys go to the container as they are typed, and a change of size is told to the process. */
export async function shareTerminal(client: RunvClient, id: string, pid: string): Promise<Disposable> {
  const { stdin, stdout } = process;
  const resize = () =>
    client.updateProcess({ id, pid, width: stdout.columns ?? 0, height: stdout.rows ?? 0 }).catch(() => {});
  if (stdin.isTTY) stdin.setRawMode(true);
  if (stdout.isTTY) {
    stdout.on('resize', resize);
    await resize();
  }
  return {
    [Symbol.dispose]: () => {
      stdout.off('resize', resize);
      if (stdin.isTTY) stdin.setRawMode(false);
    },
  };
}
