/** Starts programs from a small process, so that one with much memory need not fork. */
export { SpawnError } from './errors.ts';
export { type ProcessEnd, signalOf } from './processEnd.ts';
export type { Stream } from './request.ts';
export { openSpawner, spawn } from './spawn.ts';
export type { Spawned, SpawnOptions } from './spawned.ts';
export { Spawner } from './spawner.ts';
export { spawnerPath } from './spawnerPath.ts';
