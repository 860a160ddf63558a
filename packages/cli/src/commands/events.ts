/** `runv events`: what happens, a JSON line an event. */
import { Command } from 'commander';
import { findContainer } from '../daemon/findContainer.ts';
import { openClient } from '../daemon/openClient.ts';
import { sharedSocket } from '../daemon/paths.ts';
import { globalsOf } from '../globals.ts';
import { parseNumber } from '../parse.ts';

const EXAMPLES = `
Examples:
  runv events               what happens from now on, of all containers
  runv events --since 1 web all that ever happened to web, then what happens
`;

export function eventsCommand(): Command {
  return new Command('events')
    .description('print events as JSON lines until interrupted')
    .argument('[id]', 'of this container only')
    .option('--since <s>', 'begin with those after this time, in seconds since 1970', parseNumber(0, 2 ** 40), 0)
    .addHelpText('after', EXAMPLES)
    .action(async (id: string | undefined, { since }: { since: number }, command: Command) => {
      const { root } = globalsOf(command);
      const socket = id ? (await findContainer(root, id)).runv.daemon.socket : sharedSocket(root);
      await using connection = openClient(socket);
      for await (const { timestamp, type, ...event } of connection.client.events({
        timestamp: BigInt(Math.floor(since)),
      })) {
        if (id && event.id !== id) continue;
        const time = new Date(Number(timestamp) * 1000).toISOString();
        process.stdout.write(`${JSON.stringify({ time, type, ...event })}\n`);
      }
    });
}
