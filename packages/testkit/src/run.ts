/** Runs a container or a process from its creation to its exit, and collects its output. */
import type { connect, types } from '@runv/api';
import type { Daemon } from './daemon.ts';
import { Fifos } from './fifos.ts';

export interface Outcome {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly status: number;
}

export type Client = ReturnType<typeof connect>;

export async function runContainer(daemon: Daemon, id: string, bundlePath: string): Promise<Outcome> {
  await using fifos = await Fifos.make();
  const [stdout, stderr] = [await fifos.readAll('stdout'), await fifos.readAll('stderr')];
  const exit = await exitOf(daemon.client, id, 'init');
  await daemon.client.createContainer({ id, bundlePath, ...fifos.outputs });
  return { status: await exit(), stdout: await stdout(), stderr: (await stderr()).toString() };
}

export async function runExec(
  daemon: Pick<Daemon, 'client'>,
  id: string,
  process: types.DeepPartial<types.AddProcessRequest> & { pid: string },
): Promise<Outcome> {
  await using fifos = await Fifos.make();
  const [stdout, stderr] = [await fifos.readAll('stdout'), await fifos.readAll('stderr')];
  const exit = await exitOf(daemon.client, id, process.pid);
  await daemon.client.addProcess({ id, ...process, ...fifos.outputs });
  return { status: await exit(), stdout: await stdout(), stderr: (await stderr()).toString() };
}

/** Subscribes to events; the returned function waits for the exit event. */
export async function exitOf(client: Client, id: string, pid: string): Promise<() => Promise<number>> {
  const stop = new AbortController();
  const events = client.events({}, { signal: stop.signal });
  await events.subscribed;
  const exit = (async () => {
    for await (const event of events) {
      if (event.type === 'exit' && event.id === id && event.pid === pid) {
        stop.abort();
        return event.status;
      }
    }
    throw new Error(`the events ended before ${pid} of ${id} did`);
  })();
  exit.catch(() => {});
  return () => exit;
}

/** Polls until a condition holds, limited only by the test's own timeout. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
