/** `runv list`: the containers of a root. */
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { listContainers } from '../client/findContainer.ts';
import { listed } from '../client/listed.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';

interface Flags {
  readonly format: 'table' | 'json';
  readonly quiet?: boolean;
}

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function listCommand(context: CommandContext): Command {
  return new Command('list')
    .description('list the containers')
    .addOption(new Option('-f, --format <format>', 'how').choices(['table', 'json']).default('table'))
    .option('-q, --quiet', 'only their names')
    .action(async ({ format, quiet }: Flags, command: Command) => {
      const records = await listContainers(globalsOf(command, context).root);
      const rows = records.map((record) => ({ ...listed(record), owner: 'root', pod: record.runv.pod }));
      if (format === 'json') context.stdout.write(`${JSON.stringify(rows)}\n`);
      else if (quiet) for (const { id } of rows) context.stdout.write(`${id}\n`);
      else context.stdout.write(`${asTable(rows)}\n`);
    });
}

function asTable(rows: readonly (ReturnType<typeof listed> & { readonly pod: string })[]): string {
  const table = new Table({
    head: ['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER', 'POD'],
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const { id, pid, status, bundle, created, owner, pod } of rows)
    table.push([id, pid, status, bundle, created, owner, pod]);
  return table.toString();
}
