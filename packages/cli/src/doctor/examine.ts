/** Looks at everything that a container in a VM needs from this machine. */
import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createDriver } from '@runv/driver-qemu';
import type { Globals } from '../context/globals.ts';
import { guestFiles } from '../daemon/guestFiles.ts';

export interface Finding {
  /** `missing`: containers cannot run without it; `note`: they can. */
  readonly level: 'ok' | 'note' | 'missing';
  readonly what: string;
  /** What was found, or how to get it. */
  readonly detail: string;
}

/** What the daemon calls, and the Debian package that has it. */
const COMMANDS = { mount: 'mount', umount: 'mount' } as const;

export async function examine(globals: Globals): Promise<Finding[]> {
  const commands = Object.entries(COMMANDS).map(([command, debian]) => findCommand(command, debian));
  return [
    node(),
    user(),
    ...(await hypervisor()),
    ...(await Promise.all(commands)),
    await guest(globals),
    await root(globals),
  ];
}

function node(): Finding {
  return { level: 'ok', what: 'Node', detail: process.version };
}

function user(): Finding {
  return process.getuid?.() === 0
    ? { level: 'ok', what: 'user', detail: 'root' }
    : { level: 'missing', what: 'user', detail: 'bind mounts need root; run runv with sudo' };
}

async function hypervisor(): Promise<Finding[]> {
  try {
    const driver = await createDriver({});
    const { version, executable, accelerator } = driver.info;
    const kvm = await driver.kvmVerdict();
    return [
      { level: 'ok', what: 'QEMU', detail: `${version} at ${executable}; guests run by ${accelerator}` },
      {
        level: kvm.works ? 'ok' : 'note',
        what: 'KVM',
        detail: kvm.works ? kvm.reason : `${kvm.reason}; QEMU emulates instead, which is slower`,
      },
    ];
  } catch (error) {
    return [{ level: 'missing', what: 'QEMU', detail: (error as Error).message }];
  }
}

async function findCommand(command: string, debian: string): Promise<Finding> {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    try {
      await access(join(dir, command), constants.X_OK);
      return { level: 'ok', what: command, detail: join(dir, command) };
    } catch {
      // Perhaps in the next one.
    }
  }
  return { level: 'missing', what: command, detail: `not on the PATH; on Debian: apt-get install ${debian}` };
}

async function guest(globals: Globals): Promise<Finding> {
  try {
    const { kernel, initrd } = await guestFiles(globals);
    return { level: 'ok', what: 'guest', detail: `${kernel} with ${initrd}` };
  } catch (error) {
    const how = 'in a clone of the project, npm run quickstart builds one';
    return { level: 'missing', what: 'guest', detail: `${(error as Error).message} (${how})` };
  }
}

/** Only looks: the root is made by the first container. */
async function root({ root: dir }: Globals): Promise<Finding> {
  let existing = dir;
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    await access(existing, constants.W_OK);
    return { level: 'ok', what: 'root', detail: dir };
  } catch (error) {
    return { level: 'missing', what: 'root', detail: `${(error as Error).message}; choose another by --root` };
  }
}
