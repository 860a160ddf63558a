/** Makes a VM's directory under a name that nobody has and nobody guesses. */
import { randomBytes } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

export interface VmDirectory {
  readonly id: string;
  readonly dir: string;
  readonly shareDir: string;
}

export async function makeVmDirectory(vmRoot: string): Promise<VmDirectory> {
  await mkdir(vmRoot, { recursive: true, mode: 0o700 });
  const id = newId();
  // Without symlinks, so that the paths in /proc/self/mountinfo compare.
  const dir = join(await realpath(vmRoot), id);
  const shareDir = shareIn(dir);
  // Not recursive: a directory that exists already is somebody else's.
  await mkdir(dir, { mode: 0o700 });
  await mkdir(shareDir, { mode: 0o755 });
  return { id, dir, shareDir };
}

/** What the guest sees. */
export function shareIn(dir: string): string {
  return join(dir, 'share');
}

/** 60 random bits in 12 characters: short, because sockets stand below it. */
function newId(): string {
  return Array.from(randomBytes(12), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** 32 characters, of which none is taken for another. */
const ALPHABET = '23456789abcdefghijkmnpqrstuvwxyz';
