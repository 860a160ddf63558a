/** `runv ps`: lists the shims of a container's processes. */
import { Command, Option } from 'commander';
import { CliError } from '../base/failure.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { withContainer } from './withContainer.ts';

export function psCommand(context: CommandContext): Command {
  return new Command('ps')
    .description("list the shims of a container's processes: of its program, and of those that were executed")
    .argument('<id>', 'the container')
    .argument('[options...]', 'for ps(1)')
    .addOption(new Option('-f, --format <format>', 'how').choices(['table', 'json']).default('table'))
    .passThroughOptions()
    .action(async (id: string, options: string[], { format }: { format: 'table' | 'json' }, command: Command) => {
      if (format === 'table') context.requireOwnProcess('ps(1) shows what its environment asks for');
      const pids = await withContainer(context, command, id, async (client) => {
        const { containers } = await client.state({ id });
        return containers.flatMap(({ processes }) => processes.map(({ systemPid }) => systemPid));
      });
      if (format === 'json') context.stdout.write(`${JSON.stringify(pids)}\n`);
      else context.stdout.write(await asTable(pids, options.length > 0 ? options : ['-ef']));
    });
}

/** The lines of ps(1) about these processes. */
async function asTable(pids: readonly number[], options: readonly string[]): Promise<string> {
  // Loaded on demand: engines ask for JSON.
  const { execa } = await import('execa');
  const { stdout } = await execa('ps', options);
  const [head = '', ...lines] = stdout.trimEnd().split('\n');
  const column = head.trim().split(/\s+/).indexOf('PID');
  if (column === -1) throw new CliError(`ps ${options.join(' ')} has no PID column to find processes by; add -o pid`);
  const ours = lines.filter((line) => pids.includes(Number(line.trim().split(/\s+/)[column])));
  return `${[head, ...ours].join('\n')}\n`;
}
