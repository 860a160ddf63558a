/** The baseline of a cold start: the same QEMU, kernel and initrd, until its guest says READY. */
import { BareQemu, firstBytes, runningAtOnce } from './bareQemu.ts';
import type { Machine } from './machines.ts';

/** `u32 code 8, u32 length 8`: what the guest sends first. */
const READY = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8]);

/** @returns ms from the spawn of QEMU to READY */
export async function bareBoot(machine: Machine): Promise<number> {
  await using qemu = await BareQemu.make(machine, runningAtOnce);
  const started = performance.now();
  qemu.start();
  const said = await firstBytes(await qemu.channel(0));
  const ms = performance.now() - started;
  if (!said.subarray(0, 8).equals(READY)) throw new Error(`the guest said ${said.toString('hex')} instead of READY`);
  return ms;
}
