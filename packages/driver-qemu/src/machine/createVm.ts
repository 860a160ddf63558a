/**
 * Starts a VM: QEMU with its CPUs stopped, its monitor and every channel connected, and only then lets the guest run, so
 * that no byte of it is lost. Whatever goes wrong on the way, or an abort, undoes all of it.
 */
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type DriverInfo, HypervisorError, type VirtualMachine, type VmOptions } from '@runv/hypervisor';
import { findFirmware } from '../executable/findFirmware.ts';
import { type Shutdown, shutdown } from '../qmp/messages.ts';
import { openQmp } from '../qmp/qmpClient.ts';
import { ChannelStream } from './channelStream.ts';
import { checkOptions } from './checkOptions.ts';
import { commandLine } from './commandLine.ts';
import { connectTo } from './connectTo.ts';
import { keepLog } from './keepLog.ts';
import { type Greeting, listenOnce } from './listenOnce.ts';
import { type Paths, pathsIn, removeSockets } from './paths.ts';
import { QemuMachine } from './qemuMachine.ts';
import { type ProcessEnd, type QemuProcess, spawnQemu } from './qemuProcess.ts';

/** QEMU writes a console byte by byte, and each would wake the daemon up; so they wait in the kernel until they are asked for. */
const READ_NOTHING_AHEAD = 1;

export async function createVm(info: DriverInfo, options: VmOptions, limitMs: number): Promise<VirtualMachine> {
  options.signal?.throwIfAborted();
  await checkOptions(options);
  const paths = pathsIn(options.dir);
  const firmware = await findFirmware(info.executable);
  const args = commandLine({ ...options, accelerator: info.accelerator, firmware, paths });
  const greeting = await listenOnce(paths.start);
  try {
    const qemu = await spawnQemu(info.executable, args, paths.qemuLog);
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
  const monitor = await greeting.connection;
  sockets.push(monitor);
  const qmp = await openQmp(monitor, ({ event, data }) => {
    if (event === 'SHUTDOWN') last = shutdown.parse(data);
  });
  const consoleSocket = await connectTo(paths.console, READ_NOTHING_AHEAD);
  sockets.push(consoleSocket);
  const consoleKept = keepLog(consoleSocket, paths.consoleLog, qemu.ended);
  const channels = new Map<string, ChannelStream>();
  for (const [index, name] of options.channels.entries()) {
    const socket = await connectTo(paths.channel(index));
    sockets.push(socket);
    channels.set(name, new ChannelStream(socket));
  }
  await qmp.execute('cont');
  const { id, dir, boot } = options;
  return new QemuMachine({ id, dir, boot, paths, process: qemu, qmp, shutdown: () => last, channels, consoleKept });
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
