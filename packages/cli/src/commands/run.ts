/** `runv run`: create a container, start it, and wait for its end. */
import { INIT } from '@runv/api';
import { Command } from 'commander';
import { type Globals, globalsOf } from '../globals.ts';
import { STARTING, withProgress } from '../progress.ts';
import { attach } from '../stdio/attach.ts';
import { follow } from '../stdio/follow.ts';
import { addNewContainerFlags, type NewContainerFlags, withDaemon, writePidFile } from './newContainer.ts';

interface Flags extends NewContainerFlags {
  readonly detach?: boolean;
}

const EXAMPLES = `
Examples:
  runv run -b /bundles/hello hello           exits with the container's status
  echo text | runv run -b /bundles/cat cat   its stdin, stdout and stderr are this command's
  runv run -b /bundles/web --detach web      returns once it runs; runv delete web removes it
`;

export function runCommand(): Command {
  return addNewContainerFlags(new Command('run'))
    .description('create and start a container')
    .argument('<id>', "the container's name")
    .option('-d, --detach', 'leave it running; its stdio is /dev/null')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, flags: Flags, command: Command) => {
      const globals = globalsOf(command);
      process.exitCode = flags.detach ? await runDetached(globals, flags, id) : await runAttached(globals, flags, id);
    });
}

async function runDetached(globals: Globals, flags: Flags, id: string): Promise<number> {
  return await withDaemon(globals, flags, async (client, bundle) => {
    const { pid } = await withProgress(STARTING, client.create({ id, bundle: bundle.path, labels: flags.label ?? [] }));
    await writePidFile(flags.pidFile, pid);
    try {
      await client.start({ id });
    } catch (error) {
      await client.delete({ id, force: true }).catch(() => {});
      throw error;
    }
    return 0;
  });
}

async function runAttached(globals: Globals, flags: Flags, id: string): Promise<number> {
  return await withDaemon(globals, flags, async (client, bundle) => {
    const terminal = bundle.spec.process?.terminal ?? false;
    await using stdio = await attach(terminal);
    const events = client.events();
    await events.subscribed;
    const request = { id, bundlePath: bundle.path, labels: flags.label ?? [], ...stdio.paths };
    const { container } = await withProgress(STARTING, client.createContainer(request));
    await writePidFile(flags.pidFile, container?.pids[0] ?? 0);
    return await follow(client, { id, pid: INIT, terminal, events, stdio });
  });
}
