/** Finds an existing container and opens a client of its daemon. */
import type { RunvClient } from '@runv/api';
import type { Command } from 'commander';
import { CliError } from '../base/failure.ts';
import { askDaemon } from '../client/askDaemon.ts';
import { findContainer } from '../client/findContainer.ts';
import { reviveDaemon } from '../client/startDaemon.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';

/** @throws CliError when the container does not exist or has ended. Engines look for "does not exist" and "not running". */
export async function withContainer<T>(
  context: CommandContext,
  command: Command,
  id: string,
  work: (client: RunvClient) => Promise<T>,
): Promise<T> {
  const record = await findContainer(globalsOf(command, context).root, id);
  if (record.status === 'stopped')
    throw new CliError(`container not running: ${id} is stopped; runv delete ${id} removes it`);
  await reviveDaemon(context, record);
  return await askDaemon(context, record, work);
}
