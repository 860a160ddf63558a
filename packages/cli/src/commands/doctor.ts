/** `runv doctor`: reports what this machine has, what it lacks, and how to get that. */
import { resolve } from 'node:path';
import type { Finding } from '@runv/hypervisor';
import { Command, Option } from 'commander';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';
import { examine } from '../doctor/examine.ts';

const MARK: Record<Finding['level'], string> = { ok: 'ok  ', note: 'note', missing: 'MISSING' };

interface Flags {
  readonly format: 'text' | 'json';
  readonly bundleReport?: string;
}

export function doctorCommand(context: CommandContext): Command {
  return new Command('doctor')
    .description('say what is missing on this machine and how to get it, and whether KVM really works')
    .addOption(new Option('-f, --format <format>', 'how').choices(['text', 'json']).default('text'))
    .option(
      '--bundle-report <file.tar.gz>',
      "write this, the root's logs, records, processes, mounts and VMs' consoles to a file for whoever helps; no container's environment, arguments, annotations or labels",
    )
    .action(async ({ format, bundleReport }: Flags, command: Command) => {
      const globals = globalsOf(command, context);
      const findings = await examine(globals);
      if (format === 'json') context.stdout.write(`${JSON.stringify(findings)}\n`);
      else
        for (const { level, what, detail } of findings)
          context.stdout.write(`${MARK[level].padEnd(8)} ${what}: ${detail}\n`);
      context.exitCode = findings.some(({ level }) => level === 'missing') ? 1 : 0;
      if (bundleReport === undefined) return;
      const path = resolve(context.cwd, bundleReport);
      const { writeReport } = await import('../report/writeReport.ts');
      const bytes = await writeReport(path, globals, findings);
      context.stderr.write(
        `The report is in ${path} (${Math.ceil(bytes / 1024)} KiB). Look through it before you pass it on.\n`,
      );
    });
}
