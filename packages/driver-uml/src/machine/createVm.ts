/** Starts a VM. Whatever goes wrong on the way, or an abort, undoes all of it. */
import { HypervisorError, type VirtualMachine, type VmOptions } from '@runv/hypervisor';
import { checkOptions, Limit, messageOf, startFailed } from '@runv/hypervisor/parts';
import { ENDING_MS, endedWithin, keepIdentity, startVmProcess, tailLog, type VmProcess } from '@runv/jail';
import { phase } from '@runv/timeline';
import { commandLine } from './commandLine.ts';
import { Connections } from './connections.ts';
import { jailPaths } from './jailPaths.ts';
import { largest } from './limits.ts';
import { Networks } from './networks.ts';
import { type Paths, pathsIn, removeSockets } from './paths.ts';
import { UmlMachine } from './umlMachine.ts';

/** So many of the console's are shown of one that did not start. */
const LAST_LINES = 5;

/** Not empty, because the kernel looks there for the end of its address space. */
const ENVIRONMENT = { LC_ALL: 'C' };

export async function createVm(options: VmOptions, limitMs: number): Promise<VirtualMachine> {
  options.signal?.throwIfAborted();
  await phase('check its files', () => check(options));
  const { id, dir, boot, cgroups } = options;
  const paths = pathsIn(dir);
  const { args, descriptors } = commandLine(options, paths);
  try {
    const program = {
      id,
      dir,
      program: boot.kernel,
      args,
      env: ENVIRONMENT,
      cgroups,
      filter: 'few-calls' as const,
      logPath: paths.umlLog,
      status: paths.status,
    };
    const uml = await phase('spawn User-mode Linux', () =>
      startVmProcess({ ...program, paths: jailPaths(options), descriptors }),
    );
    return await bringUp(uml, options, paths, limitMs);
  } catch (error) {
    await removeSockets(paths, options.channels.length);
    options.signal?.throwIfAborted();
    throw error instanceof HypervisorError
      ? error
      : startFailed(id, `${boot.kernel} cannot be run: ${messageOf(error)}`, error);
  }
}

async function check(options: VmOptions): Promise<void> {
  const { saveTo, from } = options;
  if (saveTo !== undefined || from !== undefined)
    throw new HypervisorError('UNSUPPORTED', 'User-mode Linux cannot be saved or cloned: give neither saveTo nor from');
  await checkOptions(options, largest());
}

/** Everything in here waits for the kernel, so that ending it ends every wait. */
async function bringUp(uml: VmProcess, options: VmOptions, paths: Paths, limitMs: number): Promise<VirtualMachine> {
  const connections = new Connections();
  using limit = new Limit(limitMs, options.signal, () => uml.kill());
  try {
    const vm = await connect(uml, options, paths, connections);
    options.signal?.throwIfAborted();
    return vm;
  } catch (error) {
    // A process that dies closes its sockets a moment before its end is seen.
    const ended = await endedWithin(uml, ENDING_MS);
    uml.kill();
    await uml.ended;
    await connections.consoleKept;
    connections.close();
    const what = ended === undefined ? messageOf(error) : `it ended with ${ended.signal ?? `status ${ended.code}`}`;
    const why = limit.late ? `its kernel did not answer within ${limitMs} ms` : what;
    // A kernel that has come as far as its console panics there.
    const words = (await uml.lastWords()) || (await tailLog(paths.consoleLog, LAST_LINES));
    throw startFailed(options.id, why, error, words.trim());
  }
}

async function connect(
  uml: VmProcess,
  options: VmOptions,
  paths: Paths,
  connections: Connections,
): Promise<VirtualMachine> {
  const { id, dir, boot } = options;
  const channels = await phase('connect its channels', () =>
    connections.connectPorts(paths, options.channels, uml.ended),
  );
  const { monitor, networks } = await phase('wait for its kernel', async () => {
    const monitor = await connections.openMonitor(paths.monitor);
    return { monitor, networks: await Networks.open(id, monitor, paths.taps) };
  });
  await keepIdentity(paths.pid, uml.pid);
  const size = { cpus: boot.cpus, memoryMiB: boot.memoryMiB };
  return new UmlMachine({ id, dir, boot, size, paths, connections, channels, monitor, networks, process: uml });
}
