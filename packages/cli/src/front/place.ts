/**
 * Where a process stands: namespaces, root directory, user, umask, and the very file of bin.js. Where all of them are the same, a path means
 * the same file, a pid the same process, and a command is done by the same code. packages/front/c/place.c says it alike.
 */
import { readlink, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const SECOND = 1_000_000_000n;

export async function placeOf(): Promise<string> {
  const bin = fileURLToPath(new URL('../bin.js', import.meta.url));
  const namespaces = ['mnt', 'pid', 'user'].map((name) => readlink(`/proc/self/ns/${name}`));
  const [root, code] = await Promise.all(['/', bin].map((path) => stat(path, { bigint: true })));
  if (!root || !code) throw new Error(`/ and ${bin} cannot be looked at`);
  return [
    ...(await Promise.all(namespaces)),
    `root:${root.dev}:${root.ino}`,
    `user:${process.geteuid?.()}:${process.getegid?.()}`,
    `umask:${process.umask().toString(8)}`,
    `bin:${code.dev}:${code.ino}:${code.ctimeNs / SECOND}.${`${code.ctimeNs % SECOND}`.padStart(9, '0')}`,
  ].join(' ');
}
