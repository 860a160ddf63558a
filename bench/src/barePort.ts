/**
 * The baseline of stdout and stdin: a virtio-serial port of the daemon's machine with nothing behind it but a program that
 * writes, or reads, blocks of 64 KiB.
 */
import type { Socket } from 'node:net';
import { bootInit, FIND_PORT } from './bareInit.ts';
import { type BareQemu, firstBytes } from './bareQemu.ts';
import type { Machine } from './machines.ts';
import { timed } from './metric.ts';
import { within } from './timeLimit.ts';
import { BLOCK, give, take } from './transfer.ts';

/** Waits for a letter on the port: o has it write, i has it read and then say so. The kernel gives it its parameters. */
const INIT = `${FIND_PORT}
echo -n r >&3
while :; do
  case $($b dd bs=1 count=1 status=none <&3) in
    o) $b dd if=/dev/zero bs=64k count=$bench_blocks status=none >&3 ;;
    i) $b dd of=/dev/null bs=64k count=$bench_blocks iflag=fullblock status=none <&3; echo -n d >&3 ;;
    *) $b sleep 0.1 ;;
  esac
done
`;

export class BarePort implements AsyncDisposable {
  readonly #qemu: BareQemu;
  readonly #port: Socket;
  readonly #bytes: number;

  /** @param bytes how many it writes or reads each time: whole blocks */
  static async boot(machine: Machine, bytes: number): Promise<BarePort> {
    const { qemu, port } = await bootInit(machine, INIT, { parameters: [`bench_blocks=${bytes / BLOCK}`] });
    return new BarePort(qemu, port, bytes);
  }

  private constructor(qemu: BareQemu, port: Socket, bytes: number) {
    this.#qemu = qemu;
    this.#port = port;
    this.#bytes = bytes;
  }

  /** @returns ms from the first byte to the last */
  async out(): Promise<number> {
    const taken = take(this.#port, this.#bytes);
    this.#port.write('o');
    return await within('all of what the bare port writes', taken);
  }

  /** @returns ms from the first byte written to the guest's word that it has read the last */
  async in(): Promise<number> {
    this.#port.write('i');
    return await timed(async () => {
      const done = firstBytes(this.#port);
      await give(this.#port, this.#bytes);
      await done;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#port.destroy();
    await this.#qemu[Symbol.asyncDispose]();
  }
}
