/** `runv doctor`: what this machine has, what it lacks, and how to get that. */
import { Command, Option } from 'commander';
import type { Caller } from '../caller.ts';
import { examine, type Finding } from '../doctor/examine.ts';
import { globalsOf } from '../globals.ts';

const MARK: Record<Finding['level'], string> = { ok: 'ok  ', note: 'note', missing: 'MISSING' };

export function doctorCommand(caller: Caller): Command {
  return new Command('doctor')
    .description('say what is missing on this machine and how to get it, and whether KVM really works')
    .addOption(new Option('-f, --format <format>', 'how').choices(['text', 'json']).default('text'))
    .action(async ({ format }: { format: 'text' | 'json' }, command: Command) => {
      const findings = await examine(globalsOf(command, caller));
      if (format === 'json') caller.stdout.write(`${JSON.stringify(findings)}\n`);
      else
        for (const { level, what, detail } of findings)
          caller.stdout.write(`${MARK[level].padEnd(8)} ${what}: ${detail}\n`);
      caller.exitCode = findings.some(({ level }) => level === 'missing') ? 1 : 0;
    });
}
