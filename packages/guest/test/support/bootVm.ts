// A real VM with our kernel and initrd, by QEMU alone: what a driver does is not tested here.
import { mkdtemp, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { guestImages } from '../../src/index.ts';
import type { Kernel } from './kernels.ts';
import { makeRootfs, type StartOptions, TestGuest } from './testGuest.ts';

/** `more` is for QEMU; its monitor is `qmp` in the guest's directory. */
export async function bootVm(
  kernel: Kernel,
  options: StartOptions = {},
  more: readonly string[] = [],
): Promise<TestGuest> {
  const images = await guestImages({ kernel });
  const dir = await mkdtemp(join(tmpdir(), 'runv-vm-'));
  await makeRootfs(join(dir, 'share', 'c1', 'rootfs'));
  const version = options.version === undefined ? '' : ` hyperstart.version=${options.version}`;
  const args = [...qemuArgs(dir, images.kernel, images.initrd, version), ...more];
  const child = execa('qemu-system-x86_64', args, { reject: false });
  const ending = child.then(async ({ exitCode, stderr }) => ({ exitCode, stderr: `${stderr}${await consoleOf(dir)}` }));
  const [control, stdio] = await connectBoth(dir);
  const guest = new TestGuest(dir, { ending, kill: () => child.kill('SIGKILL'), pid: child.pid }, control, stdio);
  await guest.open(options);
  return guest;
}

function qemuArgs(dir: string, kernel: string, initrd: string, parameters: string): string[] {
  const ports = [0, 1].flatMap((n) => [
    ...['-chardev', `socket,path=${join(dir, `channel.${n}`)},server=on,wait=off,id=c${n}`],
    ...['-device', `virtserialport,chardev=c${n},name=sh.hyper.channel.${n}`],
  ]);
  return [
    ...['-machine', 'pc,accel=tcg', '-m', '128', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', initrd, '-append', `console=ttyS0 quiet panic=-1${parameters}`],
    ...['-serial', `file:${join(dir, 'console')}`, '-device', 'virtio-serial-pci', ...ports],
    ...['-fsdev', `local,id=share,path=${join(dir, 'share')},security_model=passthrough,multidevs=remap`],
    ...['-device', 'virtio-9p-pci,fsdev=share,mount_tag=share_dir'],
    ...['-qmp', `unix:${join(dir, 'qmp')},server=on,wait=off`],
  ];
}

export function connectBoth(dir: string): Promise<[control: Socket, stdio: Socket]> {
  return Promise.all([connectTo(join(dir, 'channel.0')), connectTo(join(dir, 'channel.1'))]);
}

async function connectTo(path: string): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    if (connected) return socket;
    await sleep(10);
  }
}

function consoleOf(dir: string): Promise<string> {
  return readFile(join(dir, 'console'), 'utf8').catch(() => '');
}
