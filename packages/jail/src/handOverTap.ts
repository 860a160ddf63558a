/** Makes a tap in a network namespace and hands it to another process by a unix socket. */
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { spawn } from '@runv/spawner';
import { cannotRun, JailError } from './errors.ts';
import { jailPath } from './jailPath.ts';

/** How long the receiver may take to answer, in ms, and how much it may say, in bytes. */
const [ANSWER_MS, ANSWER_BYTES] = [30_000, 1 << 20];

export interface HandedTap {
  /** 1 to 15 bytes. */
  readonly name: string;
  /** The path of the network namespace. */
  readonly netns: string;
  /** Packets carry virtio's header, which the receiver must expect. */
  readonly vnetHdr: boolean;
  /** The path of the unix socket that gets it, and what is said there with it. */
  readonly socket: string;
  readonly message: string;
  /** Another build of the jail's program than the package's. */
  readonly jailPath?: string | undefined;
}

/**
 * The tap lives as long as somebody has it open.
 *
 * @param answered whether this line was the last of the receiver's answer; one that throws ends the conversation
 * @throws {JailError} when the tap cannot be made, or the receiver hangs up before its answer was complete
 */
export async function handOverTap(tap: HandedTap, answered: (line: string) => boolean): Promise<void> {
  const { name, netns, vnetHdr, socket, message } = tap;
  const path = tap.jailPath ?? jailPath();
  const options = [...(vnetHdr ? ['--vnet-hdr'] : []), '--netns', netns, '--name', name, '--socket', socket];
  const child = await spawn(path, ['tap', ...options], { env: {}, stdio: ['in', 'out', 'out'] }).catch(cannotRun(path));
  const [stdin, stdout, stderr] = child.streams as [Socket, Socket, Socket];
  const said = text(stderr);
  // One that ends early says why on stderr.
  stdin.on('error', () => {});
  stdin.write(message);
  let complete = false;
  let bytes = 0;
  // A receiver that says nothing, or far too much, is given up.
  const giveUp = () => child.kill('SIGKILL');
  const limit = setTimeout(giveUp, ANSWER_MS);
  stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) giveUp();
  });
  try {
    for await (const line of createInterface(stdout)) {
      complete = answered(line);
      if (complete) break;
    }
  } finally {
    stdin.end();
    stdout.resume();
    await child.ended;
    clearTimeout(limit);
  }
  if (!complete)
    throw new JailError(
      (await said).trim() || `the receiver of the tap ${name} hung up, or did not answer as it should`,
    );
}
