/** `runv events`: prints events as JSON lines. */

import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { CliError } from '../base/failure.ts';
import { parseDuration, parseNumber } from '../base/parse.ts';
import { findContainer } from '../client/findContainer.ts';
import { sharedDaemonDir, sharedSocket } from '../client/paths.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';
import { type CheckFlags, checkEvents } from './checkEvents.ts';
import { statsLine } from './statsLine.ts';
import { withContainer } from './withContainer.ts';

const EXAMPLES = `
Examples:
  runv events               what happens from now on, of all containers
  runv events --since 1 web all that ever happened to web, then what happens
  runv events --stats web   what web uses now, as runc prints it
  runv events --interval 5s web
                            the same every five seconds, until web has ended
  runv events --verify      whether the log on disk is damaged, and where
`;

interface Flags extends CheckFlags {
  readonly containerdDir?: string;
  readonly since: number;
  readonly stats?: boolean;
  readonly interval?: number;
}

export function eventsCommand(context: CommandContext): Command {
  return new Command('events')
    .description('print events as JSON lines until interrupted')
    .argument('[id]', 'of this container only')
    .option('--since <s>', 'begin with those after this time, in seconds since 1970', parseNumber(0, 2 ** 40), 0)
    .option('--stats', 'print what the container uses, once')
    .option('--interval <time>', 'print what the container uses, so often', parseDuration)
    .option('--verify', 'look through the log on disk; exit 1 if it is damaged')
    .option('--repair', 'move damaged lines of the log aside, while no daemon has it')
    .option('--containerd-dir <dir>', 'whose log to verify or repair (default: <root>/.daemon)')
    .addOption(new Option('-f, --format <format>', 'how --verify prints').choices(['text', 'json']).default('text'))
    .addHelpText('after', EXAMPLES)
    .action(async (id: string | undefined, flags: Flags, command: Command) => {
      const { since, stats, interval, verify, repair, containerdDir } = flags;
      if (verify || repair) {
        const { root: own } = globalsOf(command, context);
        const dir = containerdDir ? resolve(context.cwd, containerdDir) : sharedDaemonDir(own);
        return await checkEvents(context, dir, flags);
      }
      if (stats) return await printStats(context, named(id, '--stats'), command);
      if (interval !== undefined) return await printEvery(context, named(id, '--interval 5s'), command, interval);
      const { root, daemon } = globalsOf(command, context);
      const socket = id ? (await findContainer(root, id)).runv.daemon.socket : (daemon ?? sharedSocket(root));
      await using connection = await context.openClient(socket);
      for await (const { timestamp, type, reason, ...event } of connection.client.events({
        timestamp: BigInt(Math.floor(since)),
      })) {
        if (id && event.id !== id) continue;
        const time = new Date(Number(timestamp) * 1000).toISOString();
        context.stdout.write(`${JSON.stringify({ time, type, ...event, ...(reason && { reason }) })}\n`);
      }
    });
}

function named(id: string | undefined, flag: string): string {
  if (!id) throw new CliError(`${flag} is of one container: runv events ${flag} <id>`);
  return id;
}

/** How long the record of a container that has ended may take to say so, and how often it is read, in ms. */
const SETTLE_MS = 2000;
const POLL_MS = 50;

/** Runs until the container has ended, which is not a failure. */
async function printEvery(context: CommandContext, id: string, command: Command, interval: number): Promise<void> {
  const { root } = globalsOf(command, context);
  const runs = async () =>
    ['running', 'paused'].includes((await findContainer(root, id).catch(() => undefined))?.status ?? '');
  await printStats(context, id, command);
  for (;;) {
    await delay(interval);
    if (!(await runs())) return;
    await printStats(context, id, command).catch(async (error: unknown) => {
      // The guest knows of its end before the record does.
      for (let waited = 0; await runs(); waited += POLL_MS) {
        if (waited >= SETTLE_MS) throw error;
        await delay(POLL_MS);
      }
    });
  }
}

async function printStats(context: CommandContext, id: string, command: Command): Promise<void> {
  const stats = await withContainer(context, command, id, (client) => client.stats({ id }));
  context.stdout.write(`${JSON.stringify(statsLine(id, stats))}\n`);
}
