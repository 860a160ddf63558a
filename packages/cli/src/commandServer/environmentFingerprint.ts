/**
 * Identifies the environment of a process: namespaces, root directory, user, umask, and the file bin.js. Where all of them
 * are equal, a path means the same file, a pid the same process, and the same code runs the command.
 * packages/launcher/c/fingerprint.c writes the same text.
 */
import { readlink, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const SECOND = 1_000_000_000n;

export async function environmentFingerprint(): Promise<string> {
  const bin = fileURLToPath(new URL('../bin.js', import.meta.url));
  const namespaces = ['mnt', 'pid', 'user'].map((name) => readlink(`/proc/self/ns/${name}`));
  const [root, code] = await Promise.all(['/', bin].map((path) => stat(path, { bigint: true })));
  if (!root || !code) throw new Error(`cannot stat / and ${bin}`);
  return [
    ...(await Promise.all(namespaces)),
    `root:${root.dev}:${root.ino}`,
    `user:${process.geteuid?.()}:${process.getegid?.()}`,
    `umask:${process.umask().toString(8)}`,
    `bin:${code.dev}:${code.ino}:${code.ctimeNs / SECOND}.${`${code.ctimeNs % SECOND}`.padStart(9, '0')}`,
  ].join(' ');
}
