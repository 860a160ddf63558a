/** As `child_process.spawn`, but for the fork, which a small process makes. */
import type { Spawned, SpawnOptions } from './spawned.ts';
import { Spawner } from './spawner.ts';

/** Nothing runs before it is asked to. */
const shared = new Spawner();

/** Starts the small process, where it does not run: the first program need not wait for it then. @throws SpawnError */
export async function openSpawner(): Promise<void> {
  await shared.open();
}

/**
 * By a small process that this one has for it: it is started when it is wanted, and ends with this one.
 *
 * @throws SpawnError with the step that failed, when the program does not run; nothing is left then
 *
 * @example
 * const { streams, ended } = await spawn('ip', ['-json', 'address'], { stdio: ['null', 'out'], netns: '/run/netns/blue' });
 */
export async function spawn(file: string, args: readonly string[], options: SpawnOptions = {}): Promise<Spawned> {
  return await shared.spawn(file, args, options);
}
