/** `runv version`: of runv, of the runtime-spec it follows, and of Node. */
import { defaultSpec } from '@runv/oci';
import { Command, Option } from 'commander';
import type { Caller } from '../caller.ts';
import { version } from '../version.ts';

export function versionCommand(caller: Caller): Command {
  return new Command('version')
    .description('print the version')
    .addOption(new Option('-f, --format <format>', 'how').choices(['text', 'json']).default('text'))
    .action(({ format }: { format: 'text' | 'json' }) => {
      const versions = { runv: version, spec: defaultSpec().ociVersion, node: process.version };
      const text = Object.entries(versions).map(([name, value]) => `${name} version ${value}\n`);
      caller.stdout.write(format === 'json' ? `${JSON.stringify(versions)}\n` : text.join(''));
    });
}
