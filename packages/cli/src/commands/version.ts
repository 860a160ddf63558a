/** `runv version`: prints the versions of runv, of the runtime-spec it implements, and of Node. */
import { defaultSpec } from '@runv/oci';
import { Command, Option } from 'commander';
import { version } from '../base/version.ts';
import type { CommandContext } from '../context/commandContext.ts';

export function versionCommand(context: CommandContext): Command {
  return new Command('version')
    .description('print the version')
    .addOption(new Option('-f, --format <format>', 'how').choices(['text', 'json']).default('text'))
    .action(({ format }: { format: 'text' | 'json' }) => {
      const versions = { runv: version, spec: defaultSpec().ociVersion, node: process.version };
      const text = Object.entries(versions).map(([name, value]) => `${name} version ${value}\n`);
      context.stdout.write(format === 'json' ? `${JSON.stringify(versions)}\n` : text.join(''));
    });
}
