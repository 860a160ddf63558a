// What a guest on this host was at when its test failed, as on a machine that nobody can look at.
import { readdir, readFile } from 'node:fs/promises';
import { onTestFailed } from 'vitest';
import type { TestGuest } from './testGuest.ts';

/** Call it in a test. */
export function tellWhenFailed(guest: TestGuest): void {
  onTestFailed(async () => {
    const messages = guest.messages.map(({ code, id, payload }) => `${code} ${id} ${payload.toString('latin1')}`);
    const threads = guest.pid === undefined ? [] : await threadsBelow(guest.pid);
    console.error([`messages that nobody took: ${messages.length}`, ...messages, 'threads:', ...threads].join('\n'));
  });
}

async function threadsBelow(pid: number): Promise<string[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const own = await Promise.all(tasks.map((task) => describe(`/proc/${pid}/task/${task}`)));
  const children = own.flatMap((thread) => thread.children);
  const below = await Promise.all(children.map(threadsBelow));
  return [...own.map(({ text }) => `${pid} ${text}`), ...below.flat()];
}

async function describe(task: string) {
  const read = async (name: string) => (await readFile(`${task}/${name}`, 'utf8').catch(() => '?')).trim();
  const [comm, stat, wchan, syscall, children] = await Promise.all(
    ['comm', 'stat', 'wchan', 'syscall', 'children'].map(read),
  );
  const state = stat?.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  const pids = children === '?' || !children ? [] : children.split(' ').map(Number);
  return { text: `${comm} ${state} in ${wchan}, system call ${syscall}`, children: pids };
}
