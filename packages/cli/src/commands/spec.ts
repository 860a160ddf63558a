/** `runv spec`: a config.json to begin with. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultSpec } from '@runv/oci';
import { Command, Option } from 'commander';
import { CliError } from '../failure.ts';

export function specCommand(): Command {
  return new Command('spec')
    .description('write a config.json for a shell in ./rootfs')
    .option('-b, --bundle <dir>', 'into this directory', '.')
    .addOption(new Option('--rootless').hideHelp())
    .action(async ({ bundle, rootless }: { bundle: string; rootless?: boolean }) => {
      if (rootless) throw new CliError('--rootless: runv needs root, and has no user namespaces yet; leave it out');
      const file = join(bundle, 'config.json');
      try {
        await writeFile(file, `${JSON.stringify(defaultSpec(), undefined, 2)}\n`, { flag: 'wx' });
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        throw new CliError(code === 'EEXIST' ? `${file} exists already; remove it first` : message);
      }
    });
}
