/** Makes an image of a machine: its memory is in a file already, and its devices' state is written beside that. */
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HypervisorError } from '@runv/hypervisor';
import * as z from 'zod/mini';
import type { QmpClient } from '../qmp/qmpClient.ts';
import { listenOnce } from './listenOnce.ts';
import { imageIn } from './paths.ts';

/** The memory's file is not copied into the state. */
export const IGNORE_SHARED = { capabilities: [{ capability: 'x-ignore-shared', state: true }] };

/** That, and that the end of the migration is told. */
const SAVING = { capabilities: [...IGNORE_SHARED.capabilities, { capability: 'events', state: true }] };

const ENDS: readonly unknown[] = ['completed', 'failed'];

const progress = z.object({ status: z.string(), 'error-desc': z.optional(z.string()) });

/** @throws HypervisorError `FAILED` when the machine cannot be saved */
export async function saveVm(qmp: QmpClient, saveTo: string): Promise<void> {
  // A clone of a machine that was running runs by itself as soon as it is loaded; one of a stopped machine would not.
  await qmp.execute('cont');
  await qmp.execute('migrate-set-capabilities', SAVING);
  // In a directory that QEMU's jail has.
  const path = join(saveTo, 'save.sock');
  const sender = await listenOnce(path);
  try {
    const state = { path: imageIn(saveTo).state, options: { flag: 'wx', mode: 0o600, flush: true } };
    const written = sender.connection.then((socket) => writeFile(state.path, socket, state.options));
    // A QEMU that refuses to migrate never connects.
    written.catch(() => {});
    const ended = qmp.event('MIGRATION', ({ status }) => ENDS.includes(status));
    // Where the command itself is refused, nobody waits for its end.
    ended.catch(() => {});
    await qmp.execute('migrate', { uri: `unix:${path}` });
    await ended;
    const { status, 'error-desc': why } = progress.parse(await qmp.execute('query-migrate'));
    if (status !== 'completed') throw new HypervisorError('FAILED', `the VM cannot be saved: ${why ?? status}`);
    await written;
  } finally {
    sender.close();
  }
  // The state must never be on disk without the memory that belongs to it.
  await using memory = await open(imageIn(saveTo).memory, 'r+');
  await memory.sync();
}
