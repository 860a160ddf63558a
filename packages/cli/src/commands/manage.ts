/** `runv manage`: creates and removes the templates that VMs are cloned from. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createTemplate, removeTemplate } from '@runv/factory';
import { GUEST } from '@runv/supervisor';
import { Command } from 'commander';
import { CliError } from '../base/failure.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';
import { withProgress } from '../context/progress.ts';
import { guestFiles } from '../daemon/guestFiles.ts';
import { takeDriver } from '../daemon/takeDriver.ts';

const EXAMPLES = `
Examples:
  runv manage create-template --template /var/lib/runv/template
  runv --template /var/lib/runv/template run -b /bundles/hello hello
  runv manage remove-template --template /var/lib/runv/template
`;

export function manageCommand(context: CommandContext): Command {
  return new Command('manage')
    .description('make and remove templates, which VMs are cloned from')
    .addHelpText('after', EXAMPLES)
    .addCommand(createCommand(context))
    .addCommand(removeCommand(context));
}

function createCommand(context: CommandContext): Command {
  return new Command('create-template')
    .description('boot a VM of --default_cpus and --default_memory and save it')
    .option('--template <dir>', 'where')
    .option('-f, --force', 'replace what is there')
    .action(async ({ force }: { force?: boolean }, command: Command) => {
      const { cpus, memoryMiB, ...globals } = globalsOf(command, context);
      const dir = directoryOf(globals.template);
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => stop.abort(new CliError(`ended by ${signal}`, { exitCode: 130 })));
      const { driver: found } = await takeDriver(globals, true);
      const { name, capabilities } = found.info;
      if (!capabilities.clone)
        throw new CliError(
          `the driver ${name} has no templates; --factory cache has it boot VMs ahead and keep them ready`,
        );
      const files = await guestFiles(globals, found.info.guest);
      const vmRoot = await mkdtemp(join(tmpdir(), 'runv-'));
      try {
        const making = createTemplate({
          ...{ dir, vmRoot, cpus, memoryMiB, guest: GUEST, driver: found, ...files },
          ...{ replace: force ?? false, signal: stop.signal },
        });
        await withProgress(context, 'booting a virtual machine and saving it', making);
      } finally {
        await rm(vmRoot, { recursive: true });
      }
    });
}

function removeCommand(context: CommandContext): Command {
  return new Command('remove-template')
    .description('remove a template; VMs that were cloned from it go on')
    .option('--template <dir>', 'which')
    .action(async (_flags: object, command: Command) => {
      await removeTemplate(directoryOf(globalsOf(command, context).template));
    });
}

function directoryOf(template: string | undefined): string {
  if (!template) throw new CliError('no directory was named; give --template <dir>');
  return resolve(template);
}
