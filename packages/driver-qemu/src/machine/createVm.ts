/**
 * Starts a VM: QEMU with its CPUs stopped, its monitor and every channel connected, and only then lets the guest run, so
 * that no byte of it is lost. Whatever goes wrong on the way, or an abort, undoes all of it.
 */

import { constants, type FileHandle, open, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type DriverInfo, HypervisorError, type VirtualMachine, type VmOptions } from '@runv/hypervisor';
import type { ProcessEnd } from '@runv/jail';
import { phase } from '@runv/timeline';
import { findFirmware } from '../executable/findFirmware.ts';
import { preloadFor } from '../executable/preload.ts';
import { type Shutdown, shutdown as shutdownData } from '../qmp/messages.ts';
import { openQmp, type QmpClient } from '../qmp/qmpClient.ts';
import { ChannelStream } from './channelStream.ts';
import { checkOptions } from './checkOptions.ts';
import { commandLine, type Machine, portId } from './commandLine.ts';
import { connectTo } from './connectTo.ts';
import { jailPaths } from './jailPaths.ts';
import { keepLog } from './keepLog.ts';
import { type Greeting, listenOnce } from './listenOnce.ts';
import { imageIn, type Paths, pathsIn, removeSockets } from './paths.ts';
import { QemuMachine } from './qemuMachine.ts';
import { type QemuProcess, spawnQemu } from './qemuProcess.ts';
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
  await using image = await openImage(options.from);
  const preload = preloadFor(info.version);
  const memory = memoryOf(options, image);
  const { accelerator, executable } = info;
  const mapsReadOnly = preload === undefined;
  const { args, files, state } = commandLine({ ...options, accelerator, firmware, paths, memory, mapsReadOnly });
  const greeting = await listenOnce(paths.start);
  try {
    const jailed = jailPaths({ ...options, executable, accelerator, firmware, preload });
    const { id, dir, cgroups } = options;
    const spawn = { id, dir, executable, args, preload, cgroups, logPath: paths.qemuLog };
    const qemu = await phase('spawn QEMU', () => spawnQemu({ ...spawn, paths: jailed, descriptors: files.list }));
    return await bringUp(qemu, greeting, options, { paths, state, limitMs });
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

function memoryOf({ saveTo }: VmOptions, image: Image | undefined): Machine['memory'] {
  if (saveTo !== undefined && image !== undefined)
    throw new HypervisorError('UNSUPPORTED', 'a clone cannot be saved: give saveTo or from, and not both');
  return image ?? (saveTo === undefined ? 'own' : { saveTo });
}

/** The paths of an image's open files, for other processes too. */
interface Image extends AsyncDisposable {
  readonly state: string;
  readonly memory: string;
}

/** Both are of one directory, whatever is put in that one's place meanwhile. */
async function openImage(from: string | undefined): Promise<Image | undefined> {
  if (from === undefined) return undefined;
  const opened: FileHandle[] = [];
  const close = async () => void (await Promise.all(opened.map((file) => file.close())));
  const openOne = async (path: string, flags: number) => {
    const file = await open(path, flags);
    opened.push(file);
    return `/proc/${process.pid}/fd/${file.fd}`;
  };
  try {
    const files = imageIn(await openOne(from, constants.O_RDONLY | constants.O_DIRECTORY));
    const state = await openOne(files.state, constants.O_RDONLY);
    const memory = await openOne(files.memory, constants.O_RDONLY);
    return { state, memory, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw new HypervisorError('NOT_FOUND', `there is no saved VM in ${from}: ${messageOf(error)}`, { cause: error });
  }
}

interface Start {
  readonly paths: Paths;
  /** The descriptor of a clone's state. */
  readonly state: number | undefined;
  readonly limitMs: number;
}

/** Everything in here waits for QEMU, so that ending QEMU ends every wait: an abort and a time limit do no more than that. */
async function bringUp(
  qemu: QemuProcess,
  greeting: Greeting,
  options: VmOptions,
  start: Start,
): Promise<VirtualMachine> {
  const sockets: Socket[] = [];
  let late = false;
  const abandon = (): void => qemu.kill();
  const timer = setTimeout(() => {
    late = true;
    abandon();
  }, start.limitMs);
  options.signal?.addEventListener('abort', abandon, { once: true });
  if (options.signal?.aborted) abandon();
  void qemu.ended.then(() => greeting.close());
  try {
    const vm = await connectAll(qemu, greeting, options, start, sockets);
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
      late ? `QEMU did not come up within ${start.limitMs} ms` : what,
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
  { paths, state }: Start,
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
  if (state === undefined) await phase('let the guest run', () => qmp.execute('cont'));
  else await phase('load the saved state', () => loadAndRun(qmp, state));
  await writeFile(paths.pid, `${qemu.pid}\n`, { mode: 0o600 });
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
async function loadAndRun(qmp: QmpClient, state: number): Promise<void> {
  const runs = qmp.event('RESUME');
  runs.catch(() => {});
  await Promise.all([
    qmp.execute('migrate-set-capabilities', IGNORE_SHARED),
    qmp.execute('migrate-incoming', { uri: `fd:${state}` }),
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
