/** Finds QEMU's absolute path: what was asked for, else RUNV_QEMU, else the usual names. */
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { HypervisorError } from '@runv/hypervisor';

export interface Search {
  readonly executable?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** @throws HypervisorError `NOT_FOUND`, naming every place that was looked at */
export async function findExecutable({ executable, env }: Search): Promise<string> {
  const asked = executable ?? (env.RUNV_QEMU || undefined);
  const places = asked === undefined ? usualPlaces(env) : placesOf(asked, env);
  for (const place of places) {
    if (await isExecutable(place)) return realpath(place);
  }
  const source = executable === undefined ? 'RUNV_QEMU' : 'the executable option';
  const what = asked === undefined ? 'QEMU' : `the QEMU '${asked}' that ${source} names`;
  throw new HypervisorError(
    'NOT_FOUND',
    `${what} is not on this machine (looked for ${places.join(', ')}); ` +
      'install it (Debian: apt-get install qemu-system-x86; Fedora: dnf install qemu-kvm) or name it in RUNV_QEMU',
  );
}

function usualPlaces(env: NodeJS.ProcessEnv): string[] {
  return [...placesOf('qemu-system-x86_64', env), '/usr/libexec/qemu-kvm'];
}

function placesOf(name: string, env: NodeJS.ProcessEnv): string[] {
  if (isAbsolute(name)) return [name];
  if (name.includes('/')) return [resolve(name)];
  const path = env.PATH ?? '/usr/local/bin:/usr/bin:/bin';
  return path.split(delimiter).map((dir) => join(dir === '' ? '.' : dir, name));
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
