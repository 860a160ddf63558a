/** `runv state`: the OCI state of a container, from its record on disk. */
import { Command } from 'commander';
import { findContainer } from '../daemon/findContainer.ts';
import { globalsOf } from '../globals.ts';

export function stateCommand(): Command {
  return new Command('state')
    .description("print a container's state as JSON")
    .argument('<id>', 'the container')
    .action(async (id: string, _flags: object, command: Command) => {
      const { runv, ...state } = await findContainer(globalsOf(command).root, id);
      const { created, labels, pod, exitStatus } = runv;
      process.stdout.write(`${JSON.stringify({ ...state, created, labels, pod, exitStatus }, undefined, 2)}\n`);
    });
}
