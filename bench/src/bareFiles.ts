/** The baseline of files: the daemon's machine with nothing in it but a shell in a root file system on its 9p device, mounted as Linux does by default. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { bootInit, FIND_PORT } from './bareInit.ts';
import type { BareQemu } from './bareQemu.ts';
import type { Machine } from './machines.ts';
import { within } from './timeLimit.ts';

/** Takes a line of arguments of the load's script, and gives the line that it says. */
const INIT = `${FIND_PORT}
$b mkdir /mnt
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 share_dir /mnt
$b mount -t proc none /mnt/proc
$b mount -t devtmpfs none /mnt/dev
echo -n r >&3
while :; do
  if read -r line <&3; then PATH=/bin $b chroot /mnt /bin/sh $line >&3; else $b sleep 0.1; fi
done
`;

export class BareFiles implements AsyncDisposable {
  readonly #qemu: BareQemu;
  readonly #port: Socket;

  /** @param copyRootfs makes the root file system in a directory */
  static async boot(machine: Machine, copyRootfs: (dir: string) => Promise<void>): Promise<BareFiles> {
    const { qemu, port } = await bootInit(machine, INIT, { share: copyRootfs });
    return new BareFiles(qemu, port);
  }

  private constructor(qemu: BareQemu, port: Socket) {
    this.#qemu = qemu;
    this.#port = port;
  }

  /** @returns the line that the script said */
  async run(script: string, ...args: string[]): Promise<string> {
    let said = '';
    this.#port.write(`${[script, ...args].join(' ')}\n`);
    while (!said.endsWith('\n')) {
      const [bytes] = (await within('a word of the bare guest', once(this.#port, 'data'))) as [Buffer];
      said += bytes.toString();
    }
    return said.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#port.destroy();
    await this.#qemu[Symbol.asyncDispose]();
  }
}
