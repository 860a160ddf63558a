/** The mounts of runv's, on the host and in its VMs' namespaces. */
import { readFile } from 'node:fs/promises';

/** A namespace has a few mounts for each volume; a line is short. */
const LINES = 500;

/**
 * Each mount up to the type of its file system: what comes after may have been a password once.
 *
 * @param pid whose namespace it is
 * @param below only those below one of these directories; all of them unless given
 */
export async function mountsOf(pid: number | 'self', below?: readonly string[]): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  const wanted = lines.filter((line) => !below || below.some((dir) => `${line.split(' ')[4]}/`.startsWith(`${dir}/`)));
  return wanted.slice(0, LINES).map((line) => /^.* - \S+/.exec(line)?.[0] ?? '');
}
