/** A real server on a real socket, with a real supervisor and event log behind it. Only its VMs are never asked for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type RunvClient } from '@runv/api';
import { type ContainerEvent, Supervisor, type SupervisorOptions } from '@runv/supervisor';
import pino from 'pino';
import { startServer } from '../../src/index.ts';

export const logger = pino({ level: 'silent' });

const factory: SupervisorOptions['factory'] = {
  getVm: () => Promise.reject(new Error('no test here needs a VM')),
  [Symbol.asyncDispose]: async () => {},
};

export interface TestServer extends AsyncDisposable {
  readonly dir: string;
  readonly socket: string;
  readonly supervisor: Supervisor;
  readonly client: RunvClient;
  /** Writes one event to the log. */
  happen(event: Partial<ContainerEvent>): Promise<void>;
}

export async function openSupervisor(dir: string): Promise<Supervisor> {
  return await Supervisor.open({
    stateDir: join(dir, 'state'),
    eventLogDir: dir,
    vmRoot: join(dir, 'vm'),
    factory,
    defaultCpus: 2,
    defaultMemoryMiB: 256,
    socket: join(dir, 'runv.sock'),
    logger,
  });
}

export const onHandedOver = () => {};

export const about = { version: '1.2.3', driver: 'none', hypervisor: '0', accelerator: 'none' };

export async function startTestServer(): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-server-'));
  const supervisor = await openSupervisor(dir);
  const socket = join(dir, 'runv.sock');
  const server = await startServer({ socket, shimSocket: `${socket}.shim`, supervisor, logger, about, onHandedOver });
  const client = connect(socket);
  return {
    dir,
    socket,
    supervisor,
    client,
    happen: async (event) => {
      const timestamp = new Date().toISOString();
      await supervisor.events.append({ id: 'c', type: 'start-container', timestamp, ...event });
    },
    [Symbol.asyncDispose]: async () => {
      client.close();
      await server.stop();
      await supervisor.close();
      await rm(dir, { recursive: true });
    },
  };
}
