/** Runs the daemon, from its flags to its end. runv 0.6 calls this `Action`. */
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { probe } from '@runv/driver-loader';
import { driverOf, newFromConfigs, recoverVm, vmDirectoriesIn } from '@runv/factory';
import { defaultCacheDir, type HypervisorDriver } from '@runv/hypervisor';
import { takeServiceManager } from '@runv/notify';
import { startServer } from '@runv/server';
import { GUEST, namespaceShare, Supervisor, type SupervisorOptions } from '@runv/supervisor';
import type { Logger } from 'pino';
import { NOTICE } from '../base/notices.ts';
import { version } from '../base/version.ts';
import { shimSocketOf, startFileOf } from '../client/paths.ts';
import { type CommandLine, CommandServer } from '../commandServer/commandServer.ts';
import type { Globals } from '../context/globals.ts';
import type { MetricsAddress } from '../metrics/address.ts';
import { exportSpans } from './exportSpans.ts';
import { factoryConfigs } from './factoryConfigs.ts';
import { guestFiles } from './guestFiles.ts';
import { idleFor } from './idleFor.ts';
import { openMetrics } from './openMetrics.ts';
import { starterLeft } from './starterLeft.ts';
import { takeDriver } from './takeDriver.ts';
import { takePlace } from './takePlace.ts';
import { tellServiceManager } from './tellServiceManager.ts';
import { untilSignal } from './untilSignal.ts';

export interface DaemonOptions {
  readonly globals: Globals;
  readonly stateDir: string;
  readonly containerdDir: string;
  readonly socket: string;
  /** End with the last container, and remove the containerd-dir then. */
  readonly solo: boolean;
  /** End after this time without a container, in seconds; never unless given. */
  readonly idleExitS: number | undefined;
  /** A socket to the command that starts it: once that has ended, so does the daemon when it has no container. */
  readonly starterFd: number | undefined;
  readonly eventLog: SupervisorOptions['eventLog'];
  /** Take the place of the daemon that listens there, and take over its containers. */
  readonly replace: boolean;
  /** Where metrics are served: an address and a port, or the path of a socket; nowhere unless given. */
  readonly metrics: MetricsAddress | undefined;
  /** Runs the commands that launchers hand over. */
  readonly commandLine: CommandLine;
  readonly logger: Logger;
  /** Called once the socket answers. */
  readonly onReady: () => void;
}

/** Resolves when the daemon has ended, with nothing of it left. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { globals, solo, containerdDir, stateDir, socket, commandLine, logger } = options;
  const manager = takeServiceManager(process.env);
  const stop = untilSignal(logger);
  await using _ = await exportSpans();
  const { driver } = await takeDriver(globals);
  const files = await guestFiles(globals, driver.info.guest);
  await mkdir(containerdDir, { recursive: true, mode: 0o700 });
  await mkdir(dirname(socket), { recursive: true, mode: 0o700 });
  const vmRoot = join(containerdDir, 'vm');
  if (options.replace) await takePlace(socket);
  // Before the factory makes its own.
  const leftVms = await vmDirectoriesIn(vmRoot);
  await using factory = await newFromConfigs({
    ...{ driver, vmRoot, ...files, guest: GUEST, mostMemoryMiB: globals.mostMemoryMiB },
    configs: factoryConfigs(globals, driver.info, (line) => logger.warn({ [NOTICE]: true }, line)),
    templateRoot: defaultCacheDir(),
    onError: (error) =>
      logger.error({ err: error }, 'VMs for the warm pool could not be made; the factory tries again'),
  });
  const supervisor = await Supervisor.open({
    stateDir,
    eventLogDir: containerdDir,
    eventLog: options.eventLog,
    factory,
    vmRoot,
    defaultCpus: globals.cpus,
    defaultMemoryMiB: globals.memoryMiB,
    mostMemoryMiB: driver.info.capabilities.growMemory ? globals.mostMemoryMiB : undefined,
    bootTimeoutMs: globals.bootTimeoutS * 1000,
    leftVms,
    recoverVm: async (dir, signal) => recoverVm(await makerOf(dir, driver), dir, signal),
    socket,
    logger,
  });
  try {
    const ends = [stop.requested];
    if (solo) ends.push(namespaceShare(supervisor));
    if (options.starterFd !== undefined) ends.push(starterLeft(options.starterFd, supervisor));
    const { name, version: hypervisor, accelerator } = driver.info;
    const about = { version, driver: name, hypervisor, accelerator };
    await using server = await serve({
      socket,
      shimSocket: shimSocketOf(socket),
      keepsShimDirectory: dirname(resolve(socket)) === resolve(containerdDir),
      supervisor,
      logger,
      about,
      // As if it were killed: the next daemon finds all as it is.
      onHandedOver: () => process.exit(0),
    });
    await using commands = await CommandServer.listen({ socket, commandLine, ends: () => supervisor.ends, logger });
    if (options.idleExitS !== undefined) ends.push(idleFor(supervisor, options.idleExitS * 1000, () => commands.busy));
    await using _metrics = await openMetrics(options.metrics, { supervisor, factory, socket, about });
    logger.info({ socket, files, driver: driver.info }, 'the daemon listens');
    options.onReady();
    await using told = tellServiceManager(manager, { socket, supervisor, logger });
    void supervisor.warmUp();
    await Promise.race(ends);
    told.stopping();
    // Events still flow to clients while the VMs are stopped; new calls are refused by the supervisor.
    await supervisor.close();
    await server.drained();
    // Nobody may start one again whose directory is about to go.
    if (solo) await rm(startFileOf(containerdDir), { force: true });
  } finally {
    await supervisor.close();
    // The factory's VMs have their directories below the one that is removed now.
    await factory[Symbol.asyncDispose]();
    if (solo) await rm(containerdDir, { recursive: true, force: true });
    stop[Symbol.dispose]();
  }
}

/** The driver of a VM that an earlier daemon made, which may have taken another one: what is the default can change. */
async function makerOf(dir: string, own: HypervisorDriver): Promise<HypervisorDriver> {
  const name = await driverOf(dir);
  // One that has no such name is refused by what its VM says.
  return name === own.info.name ? own : await probe(name).catch(() => own);
}

async function serve(options: Parameters<typeof startServer>[0]) {
  const server = await startServer(options);
  return { drained: () => server.drain(), [Symbol.asyncDispose]: () => server.stop() };
}
