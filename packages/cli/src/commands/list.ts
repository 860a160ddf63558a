/** `runv list`: the containers of a root. */
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { listContainers } from '../daemon/findContainer.ts';
import { globalsOf } from '../globals.ts';

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

export function listCommand(): Command {
  return new Command('list')
    .description('list the containers')
    .addOption(new Option('-f, --format <format>', 'how').choices(['table', 'json']).default('table'))
    .option('-q, --quiet', 'only their names')
    .action(async ({ format, quiet }: Flags, command: Command) => {
      const records = await listContainers(globalsOf(command).root);
      const rows = records.map(({ id, pid, status, bundle, runv }) => ({
        id,
        pid,
        status,
        bundle,
        created: runv.created,
        pod: runv.pod,
      }));
      if (format === 'json') process.stdout.write(`${JSON.stringify(rows)}\n`);
      else if (quiet) for (const { id } of rows) process.stdout.write(`${id}\n`);
      else process.stdout.write(`${asTable(rows)}\n`);
    });
}

function asTable(
  rows: readonly Record<'id' | 'status' | 'bundle' | 'created' | 'pod', string>[] & readonly { pid: number }[],
): string {
  const table = new Table({
    head: ['ID', 'PID', 'STATUS', 'POD', 'CREATED', 'BUNDLE'],
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const { id, pid, status, pod, created, bundle } of rows) table.push([id, pid, status, pod, created, bundle]);
  return table.toString();
}
