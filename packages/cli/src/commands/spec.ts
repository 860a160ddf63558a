/** `runv spec`: writes a config.json to start from. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultSpec, rootlessSpec } from '@runv/oci';
import { Command } from 'commander';
import { CliError } from '../base/failure.ts';

export function specCommand(): Command {
  return new Command('spec')
    .description('write a config.json for a shell in ./rootfs')
    .option('-b, --bundle <dir>', 'into this directory', '.')
    .option('--rootless', 'with a user namespace, in which whoever runs this is root')
    .action(async ({ bundle, rootless }: { bundle: string; rootless?: boolean }) => {
      const spec = rootless
        ? rootlessSpec({ uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 })
        : defaultSpec();
      const file = join(bundle, 'config.json');
      try {
        await writeFile(file, `${JSON.stringify(spec, undefined, 2)}\n`, { flag: 'wx' });
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        throw new CliError(code === 'EEXIST' ? `${file} exists already; remove it first` : message);
      }
    });
}
