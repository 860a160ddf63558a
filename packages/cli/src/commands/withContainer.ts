/** Work on a container that exists, with a client of the daemon that has it. */
import type { RunvClient } from '@runv/api';
import type { Command } from 'commander';
import { findContainer } from '../daemon/findContainer.ts';
import { openClient } from '../daemon/openClient.ts';
import { CliError } from '../failure.ts';
import { globalsOf } from '../globals.ts';

/** @throws CliError when there is no such container, or it has ended */
export async function withContainer<T>(
  command: Command,
  id: string,
  work: (client: RunvClient) => Promise<T>,
): Promise<T> {
  const { status, runv } = await findContainer(globalsOf(command).root, id);
  if (status === 'stopped') throw new CliError(`container ${id} is stopped; runv delete ${id} removes it`);
  await using connection = openClient(runv.daemon.socket);
  return await work(connection.client);
}
