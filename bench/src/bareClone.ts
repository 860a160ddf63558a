/** The baseline of a clone: the same QEMU over the same image, until its guest has answered once. */
import { open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { BareQemu, firstBytes } from './bareQemu.ts';
import type { Machine } from './machines.ts';
import { within } from './timeLimit.ts';

/** `u32 code 0, u32 length 12, u32 id 1`: a clone goes on in the extended framing that its template had agreed on. */
const GETVERSION = Buffer.from([0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 1]);
const ACK = 9;

/** In one go: QEMU takes them in order, and the clone runs by itself once it is loaded. */
const COMMANDS = [
  { execute: 'qmp_capabilities' },
  {
    execute: 'migrate-set-capabilities',
    arguments: { capabilities: [{ capability: 'x-ignore-shared', state: true }] },
  },
  { execute: 'migrate-incoming', arguments: { uri: 'fd:3' } },
];

/**
 * @param image the template's directory
 * @returns ms from the spawn of QEMU to the first byte of the answer
 */
export async function bareClone(machine: Machine, image: string): Promise<number> {
  await using qemu = await BareQemu.make(machine, (line) => line);
  await using state = await open(join(image, 'state'), 'r');
  await using memory = await open(join(image, 'memory'), 'r');
  const started = performance.now();
  qemu.start(state.fd, memory.fd);
  const monitor = await within("the clone's QEMU", qemu.monitor());
  const channel = await qemu.channel(0);
  const runs = saying(monitor, '"RESUME"');
  monitor.write(COMMANDS.map((command) => JSON.stringify(command)).join('\n'));
  await within('the clone', runs);
  channel.write(GETVERSION);
  const said = await firstBytes(channel);
  const ms = performance.now() - started;
  if (said.readUInt32BE() !== ACK) throw new Error(`the clone said ${said.toString('hex')} instead of ACK`);
  return ms;
}

async function saying(monitor: Socket, word: string): Promise<void> {
  let said = '';
  monitor.on('error', () => {});
  for await (const chunk of monitor.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes('"error"')) break;
    if (said.includes(word)) return;
  }
  throw new Error(`the bare QEMU did not say ${word}: ${said}`);
}
