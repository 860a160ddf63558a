/** `runv create`: everything of a container but its program's start. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { globalsOf } from '../globals.ts';
import { STARTING, withProgress } from '../progress.ts';
import { addNewContainerFlags, type NewContainerFlags, withDaemon, writePidFile } from './newContainer.ts';

interface Flags extends NewContainerFlags {
  readonly stdin?: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

const EXAMPLE = `
Example:
  runv create -b /bundles/web --stdout web.log web && runv start web
`;

export function createCommand(): Command {
  return addNewContainerFlags(new Command('create'))
    .description('create a container; runv start runs its program')
    .argument('<id>', "the container's name")
    .option('--stdin <path>', 'a file or FIFO for its stdin (default: /dev/null)')
    .option('--stdout <path>', 'a file or FIFO for its stdout (default: /dev/null)')
    .option('--stderr <path>', 'a file or FIFO for its stderr (default: /dev/null)')
    .addHelpText('after', EXAMPLE)
    .action(async (id: string, flags: Flags, command: Command) => {
      const stdio = {
        stdin: flags.stdin ? resolve(flags.stdin) : '',
        stdout: await output(flags.stdout),
        stderr: await output(flags.stderr),
      };
      await withDaemon(globalsOf(command), flags, async (client, bundle) => {
        const { pid } = await withProgress(
          STARTING,
          client.create({ id, bundle: bundle.path, labels: flags.label ?? [], ...stdio }),
        );
        await writePidFile(flags.pidFile, pid);
      });
    });
}

/** A file that is not there yet is made, as a shell's redirection would. */
async function output(path: string | undefined): Promise<string> {
  if (!path) return '';
  await writeFile(path, '', { flag: 'a' });
  return resolve(path);
}
