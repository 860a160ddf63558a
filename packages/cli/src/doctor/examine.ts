/** Examines everything that a container in a VM needs from this machine. */
import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Finding } from '@runv/hypervisor';
import { CONFIG_FILE } from '../context/configFile.ts';
import type { Globals } from '../context/globals.ts';
import { guestFiles } from '../daemon/guestFiles.ts';
import { takeDriver } from '../daemon/takeDriver.ts';
import { examinePrograms } from './programs.ts';
import { examineKernel, examineNode } from './versions.ts';

export async function examine(globals: Globals): Promise<Finding[]> {
  const found = await driver(globals);
  return [
    examineNode(),
    examineKernel(),
    user(),
    ...found.findings,
    ...(await examinePrograms()),
    await guest(globals, found.guest),
    await root(globals),
  ];
}

function user(): Finding {
  return process.getuid?.() === 0
    ? { level: 'ok', what: 'user', detail: 'root' }
    : { level: 'missing', what: 'user', detail: 'bind mounts need root; run runv with sudo' };
}

interface FoundDriver {
  readonly findings: readonly Finding[];
  /** The images that it asks for, where it can be asked. */
  readonly guest?: string;
}

/** The driver that a daemon would take. */
async function driver(globals: Globals): Promise<FoundDriver> {
  try {
    const { driver: taken, why } = await takeDriver(globals);
    const { name, version, executable, accelerator, guest } = taken.info;
    const detail = `${name} ${version} at ${executable}, ${why}; guests run by ${accelerator}${another(globals)}`;
    return { findings: [{ level: 'ok', what: 'driver', detail }, ...((await taken.examine?.()) ?? [])], guest };
  } catch (error) {
    return {
      findings: [{ level: 'missing', what: 'driver', detail: `${(error as Error).message} (${asked(globals)})` }],
    };
  }
}

function asked({ driver }: Globals): string {
  return driver === '' ? 'the default' : `named by --driver ${driver}`;
}

function another({ driver }: Globals): string {
  return driver === '' ? `; --driver, or "driver" in ${CONFIG_FILE}, takes another` : '';
}

async function guest(globals: Globals, images = 'pc'): Promise<Finding> {
  try {
    const { kernel, initrd } = await guestFiles(globals, images);
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
