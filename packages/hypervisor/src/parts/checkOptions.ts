/** Refuses what a hypervisor would refuse later and less clearly. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { VmOptions } from '../driver.ts';
import { HypervisorError } from '../errors.ts';
import type { VmSize } from '../virtualMachine.ts';

/** The longest directory in bytes: a socket's path has at most 107, and `/channel99.sock` 15 of them. */
const LONGEST_DIR = 80;

/**
 * @param most the largest VM that the driver has on this host
 * @throws HypervisorError `NOT_FOUND` for a file or directory that is missing, `UNSUPPORTED` for a value that no VM can have
 */
export async function checkOptions(options: VmOptions, most: VmSize): Promise<void> {
  const { id, dir, boot, shares, channels, saveTo, from } = options;
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(id))
    throw unsupported(`the VM id '${id}' is not 1 to 64 letters, digits, '-', '_' and '.'`);
  if (!isAbsolute(dir)) throw unsupported(`the VM's directory '${dir}' is not absolute`);
  const length = Buffer.byteLength(dir);
  if (length > LONGEST_DIR) {
    throw unsupported(
      `the VM's directory '${dir}' has ${length} bytes, and sockets stand in it: choose one of at most ${LONGEST_DIR}`,
    );
  }
  if (!Number.isInteger(boot.cpus) || boot.cpus < 1 || boot.cpus > most.cpus)
    throw unsupported(`${boot.cpus} CPUs: a VM has 1 to ${most.cpus}`);
  if (!Number.isInteger(boot.memoryMiB) || boot.memoryMiB < 1)
    throw unsupported(`${boot.memoryMiB} MiB of memory: a whole number from 1 on is needed`);
  if (boot.memoryMiB > most.memoryMiB)
    throw unsupported(`${boot.memoryMiB} MiB of memory: this host has ${most.memoryMiB}`);
  if (new Set(channels).size !== channels.length) throw unsupported(`a channel is named twice: ${channels.join(', ')}`);
  await checkDirectory("the VM's directory", dir);
  if (saveTo !== undefined) await checkDirectory('the directory to save the VM in', saveTo);
  // A clone has its kernel in its memory.
  if (from === undefined) {
    await checkFile('kernel', boot.kernel);
    await checkFile('initrd', boot.initrd);
  }
  for (const { tag, hostPath } of shares) await checkDirectory(`the directory shared as '${tag}'`, hostPath);
}

async function checkFile(what: string, path: string): Promise<void> {
  try {
    if (!(await stat(path)).isFile())
      throw unsupported(`the guest's ${what} '${path}' is not a file; name it with --${what}`);
    await access(path, constants.R_OK);
  } catch (error) {
    if (error instanceof HypervisorError) throw error;
    throw new HypervisorError(
      'NOT_FOUND',
      `the guest's ${what} '${path}' cannot be read (${codeOf(error)}); name it with --${what}`,
      { cause: error },
    );
  }
}

async function checkDirectory(what: string, path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw new HypervisorError('NOT_FOUND', `${what} '${path}' cannot be used (${codeOf(error)}); make it first`, {
      cause: error,
    });
  });
  if (!found.isDirectory()) throw unsupported(`${what} '${path}' is not a directory`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function unsupported(message: string): HypervisorError {
  return new HypervisorError('UNSUPPORTED', message);
}
