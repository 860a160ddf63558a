/** `runv doctor`: reports what this machine has, what it lacks, and how to get that. */
import { Command, Option } from 'commander';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';

const MARK: Record<Finding['level'], string> = { ok: 'ok  ', note: 'note', missing: 'MISSING' };

export function doctorCommand(context: CommandContext): Command {
  return new Command('doctor')
    .description('say what is missing on this machine and how to get it, and whether KVM really works')
    .addOption(new Option('-f, --format <format>', 'how').choices(['text', 'json']).default('text'))
    .action(async ({ format }: { format: 'text' | 'json' }, command: Command) => {
      const findings = await examine(globalsOf(command, context));
      if (format === 'json') context.stdout.write(`${JSON.stringify(findings)}\n`);
      else
        for (const { level, what, detail } of findings)
          context.stdout.write(`${MARK[level].padEnd(8)} ${what}: ${detail}\n`);
      context.exitCode = findings.some(({ level }) => level === 'missing') ? 1 : 0;
    });
}
