/** Examines everything that a container in a VM needs from this machine. */
import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createDriver } from '@runv/driver-qemu';
import type { Globals } from '../context/globals.ts';
import { guestFiles } from '../daemon/guestFiles.ts';
import type { Finding } from './finding.ts';
import { examinePrograms } from './programs.ts';
import { examineKernel, examineNode } from './versions.ts';

export async function examine(globals: Globals): Promise<Finding[]> {
  return [
    examineNode(),
    examineKernel(),
    user(),
    ...(await hypervisor()),
    ...(await examinePrograms()),
    await guest(globals),
    await root(globals),
  ];
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

async function guest(globals: Globals): Promise<Finding> {
  try {
    const { kernel, initrd } = await guestFiles(globals, 'pc');
    return { level: 'ok', what: 'guest', detail: `${kernel} with ${initrd}` };
  } catch (error) {
    const how = 'in a clone of the project, npm run quickstart builds one';
    return { level: 'missing', what: 'guest', detail: `${(error as Error).message} (${how})` };
  }
}

/** Checks only: the first container makes the root. */
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
