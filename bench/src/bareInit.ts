/** A machine like the daemon's whose first process is a shell script: what a guest can do without runv's in it. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { BareQemu, firstBytes, runningAtOnce } from './bareQemu.ts';
import { cpio } from './cpio.ts';
import type { Machine } from './machines.ts';

/** The beginning of the script: descriptor 3 becomes the first port, and $b is busybox. */
export const FIND_PORT = `#!/busybox sh
b=/busybox
$b mount -t devtmpfs none /dev
[ -e /lib/modules/order ] && while read m; do $b insmod /lib/modules/$m; done < /lib/modules/order
port() { for p in /dev/vport*p1; do [ -c "$p" ] && return; done; $b sleep 0.1; port; }
port
exec 3<>"$p"`;

interface InitOptions {
  /** More of them for the kernel, which gives them to the script as its variables. */
  readonly parameters?: readonly string[];
  /** Fills the directory that the machine shares, before it boots. */
  readonly share?: (dir: string) => Promise<void>;
}

/** @returns once the script has written something to the port */
export async function bootInit(
  machine: Machine,
  init: string,
  { parameters = [], share }: InitOptions,
): Promise<{ qemu: BareQemu; port: Socket }> {
  const qemu = await BareQemu.make(machine, (line, dir) => withInitrd(runningAtOnce(line), dir, parameters));
  try {
    await share?.(join(qemu.dir, 'share'));
    const theirs = await readFile(machine.line[machine.line.indexOf('-initrd') + 1] ?? '');
    const ours = cpio({ busybox: await readFile('/bin/busybox'), bareinit: Buffer.from(init) });
    await writeFile(join(qemu.dir, 'initrd'), Buffer.concat([theirs, ours]));
    qemu.start();
    const port = await qemu.channel(0);
    await firstBytes(port);
    return { qemu, port };
  } catch (error) {
    await qemu[Symbol.asyncDispose]();
    throw error;
  }
}

function withInitrd(line: readonly string[], dir: string, parameters: readonly string[]): string[] {
  const [initrd, append] = [line.indexOf('-initrd') + 1, line.indexOf('-append') + 1];
  return line
    .with(initrd, join(dir, 'initrd'))
    .with(append, [line[append], 'rdinit=/bareinit', ...parameters].join(' '));
}
