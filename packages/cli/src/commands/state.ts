/** `runv state`: the OCI state of a container, from its record on disk. */
import { Command } from 'commander';
import type { Caller } from '../caller.ts';
import { findContainer } from '../daemon/findContainer.ts';
import { listed } from '../daemon/listed.ts';
import { globalsOf } from '../globals.ts';

export function stateCommand(caller: Caller): Command {
  return new Command('state')
    .description("print a container's state as JSON")
    .argument('<id>', 'the container')
    .action(async (id: string, _flags: object, command: Command) => {
      const record = await findContainer(globalsOf(command, caller).root, id);
      const { annotations } = record;
      const { labels, pod, exitStatus } = record.runv;
      const state = { ...listed(record), annotations, labels, pod, exitStatus };
      caller.stdout.write(`${JSON.stringify(state, undefined, 2)}\n`);
    });
}
