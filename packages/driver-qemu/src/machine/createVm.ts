/**
 * Starts a VM: QEMU with its CPUs stopped, its monitor and every channel connected, and only then lets the guest run, so
 * that no byte of it is lost. Whatever goes wrong on the way, or an abort, undoes all of it.
 */

import { constants, type FileHandle, open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type DriverInfo, HypervisorError, type VirtualMachine, type VmOptions } from '@runv/hypervisor';
import { phase } from '@runv/timeline';
import { findFirmware } from '../executable/findFirmware.ts';
import { preloadFor } from '../executable/specialFiles.ts';
import { type Shutdown, shutdown as shutdownData } from '../qmp/messages.ts';
import { openQmp, type QmpClient } from '../qmp/qmpClient.ts';
import { ChannelStream } from './channelStream.ts';
import { checkOptions } from './checkOptions.ts';
import { commandLine, type Machine, portId } from './commandLine.ts';
import { connectTo } from './connectTo.ts';
import { keepLog } from './keepLog.ts';
import { type Greeting, listenOnce } from './listenOnce.ts';
import { imageIn, type Paths, pathsIn, removeSockets } from './paths.ts';
import { QemuMachine } from './qemuMachine.ts';
import { INHERITED, type ProcessEnd, type QemuProcess, spawnQemu } from './qemuProcess.ts';
import { IGNORE_SHARED } from './saveVm.ts';

/** QEMU writes a console byte by byte, and each would wake the daemon up; so they wait in the kernel until they are asked for. */
const READ_NOTHING_AHEAD = 1;

export async function createVm(info: DriverInfo, options: VmOptions, limitMs: number): Promise<VirtualMachine> {
  options.signal?.throwIfAborted();
  const paths = pathsIn(options.dir);
  const firmware = await phase('check its files', async () => {
    await checkOptions(options);
    return await findFirmware(info.executable);
  });
  const memory = memoryOf(options);
  const args = commandLine({ ...options, accelerator: info.accelerator, firmware, paths, memory });
  await using image = await openImage(options.from);
  const greeting = await listenOnce(paths.start);
  try {
    const { executable, version } = info;
    const spawn = { executable, args, logPath: paths.qemuLog, inherited: image.fds, preload: preloadFor(version) };
    const qemu = await phase('spawn QEMU', () => spawnQemu(spawn));
    return await bringUp(qemu, greeting, options, paths, limitMs);
  } catch (error) {
    await removeSockets(paths, options.channels.length);
    options.signal?.throwIfAborted();
    throw error instanceof HypervisorError
      ? error
      : startFailed(options.id, `${info.executable} cannot be run: ${messageOf(error)}`, error);
  } finally {
    greeting.close();
  }
}

function memoryOf({ saveTo, from }: VmOptions): Machine['memory'] {
  if (saveTo !== undefined && from !== undefined)
    throw new HypervisorError('UNSUPPORTED', 'a clone cannot be saved: give saveTo or from, and not both');
  if (from !== undefined) return 'clone';
  return saveTo === undefined ? 'own' : { saveTo };
}

/**
 * A clone's QEMU gets the image's files as open ones, in the order of INHERITED: both of one directory, whatever is put in that one's place
 * meanwhile.
 */
async function openImage(from: string | undefined): Promise<AsyncDisposable & { readonly fds: readonly number[] }> {
  const opened: FileHandle[] = [];
  const close = async () => void (await Promise.all(opened.map((file) => file.close())));
  if (from === undefined) return { fds: [], [Symbol.asyncDispose]: close };
  try {
    const dir = await open(from, constants.O_RDONLY | constants.O_DIRECTORY);
    const { state, memory } = imageIn(`/proc/self/fd/${dir.fd}`);
    try {
      for (const path of [state, memory]) opened.push(await open(path, 'r'));
    } finally {
      await dir.close();
    }
    return { fds: opened.map(({ fd }) => fd), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw new HypervisorError('NOT_FOUND', `there is no saved VM in ${from}: ${messageOf(error)}`, { cause: error });
  }
}

/** Everything in here waits for QEMU, so that ending QEMU ends every wait: an abort and a time limit do no more than that. */
async function bringUp(
  qemu: QemuProcess,
  greeting: Greeting,
  options: VmOptions,
  paths: Paths,
  limitMs: number,
): Promise<VirtualMachine> {
  const sockets: Socket[] = [];
  let late = false;
  const abandon = (): void => qemu.kill('SIGKILL');
  const timer = setTimeout(() => {
    late = true;
    abandon();
  }, limitMs);
  options.signal?.addEventListener('abort', abandon, { once: true });
  void qemu.ended.then(() => greeting.close());
  try {
    const vm = await connectAll(qemu, greeting, options, paths, sockets);
    options.signal?.throwIfAborted();
    return vm;
  } catch (error) {
    const ended = await endedByItself(qemu, error);
    abandon();
    await qemu.ended;
    for (const socket of sockets) socket.destroy();
    const what = ended === undefined ? messageOf(error) : `QEMU ended with ${ended.signal ?? `status ${ended.code}`}`;
    throw startFailed(
      options.id,
      late ? `QEMU did not come up within ${limitMs} ms` : what,
      error,
      await qemu.lastWords(),
    );
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abandon);
  }
}

async function connectAll(
  qemu: QemuProcess,
  greeting: Greeting,
  options: VmOptions,
  paths: Paths,
  sockets: Socket[],
): Promise<VirtualMachine> {
  let last: Shutdown | undefined;
  const ports = new Map<unknown, ChannelStream>();
  const qmp = await phase('wait for its monitor', async () => {
    const monitor = await greeting.connection;
    sockets.push(monitor);
    return await openQmp(monitor, ({ event, data }) => {
      if (event === 'SHUTDOWN') last = shutdownData.parse(data);
      if (event === 'VSERPORT_CHANGE' && data.open === false) ports.get(data.id)?.hangUp();
    });
  });
  const { channels, consoleKept } = await phase('connect its channels', () =>
    connectChannels(qemu, options, paths, sockets),
  );
  for (const [index, stream] of [...channels.values()].entries()) ports.set(portId(index), stream);
  if (options.from === undefined) await phase('let the guest run', () => qmp.execute('cont'));
  else await phase('load the saved state', () => loadAndRun(qmp));
  const { id, dir, boot, saveTo, from } = options;
  const guest = from === undefined ? 'booting' : 'ready';
  const shutdown = () => last;
  return new QemuMachine({
    ...{ id, dir, boot, guest, saveTo, paths, qmp, shutdown, channels, consoleKept },
    process: qemu,
  });
}

async function connectChannels(qemu: QemuProcess, { channels: names }: VmOptions, paths: Paths, sockets: Socket[]) {
  const consoleSocket = await connectTo(paths.console, READ_NOTHING_AHEAD);
  sockets.push(consoleSocket);
  const consoleKept = keepLog(consoleSocket, paths.consoleLog, qemu.ended);
  const channels = new Map<string, ChannelStream>();
  for (const [index, name] of names.entries()) {
    const socket = await connectTo(paths.channel(index));
    sockets.push(socket);
    channels.set(name, new ChannelStream(socket));
  }
  return { channels, consoleKept };
}

/** In one go: QEMU takes its commands in order, and the clone runs by itself once it is loaded. */
async function loadAndRun(qmp: QmpClient): Promise<void> {
  const runs = qmp.event('RESUME');
  runs.catch(() => {});
  await Promise.all([
    qmp.execute('migrate-set-capabilities', IGNORE_SHARED),
    qmp.execute('migrate-incoming', { uri: `fd:${INHERITED.state}` }),
    runs,
  ]);
}

/** A QEMU that dies closes its sockets a moment before its end is seen. One that refused a command has not died. */
async function endedByItself(qemu: QemuProcess, error: unknown): Promise<ProcessEnd | undefined> {
  const refused = error instanceof HypervisorError && error.code === 'FAILED';
  const waiting = new AbortController();
  const waited = delay(refused ? 0 : 1000, undefined, { signal: waiting.signal }).catch(() => undefined);
  const ended = await Promise.race([qemu.ended, waited]);
  waiting.abort();
  return ended;
}

function startFailed(id: string, what: string, cause: unknown, lastWords = ''): HypervisorError {
  const words = lastWords === '' ? '' : `; its last words: ${lastWords.split('\n').join(' | ')}`;
  return new HypervisorError('START_FAILED', `VM ${id} did not start: ${what}${words}`, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
