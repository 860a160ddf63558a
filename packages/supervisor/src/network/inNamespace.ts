/** Runs programs of iproute2 inside a network namespace, with many commands for each process. */
import { SupervisorError } from '../base/errors.ts';
import { startProgram } from '../base/program.ts';

/** `ip` or `tc`, started and waiting for commands: its start takes longer than the commands. */
export interface Batch {
  /**
   * Runs these commands, one per line. Can be called once.
   *
   * @returns the output
   * @throws SupervisorError `FAILED` with its error; the commands after the one that failed were not run
   */
  run(commands: readonly string[]): Promise<string>;
}

/** @param netns a path such as `/proc/123/ns/net`; undefined: this process's own */
export function openBatch(netns: string | undefined, program: 'ip' | 'tc', options: readonly string[] = []): Batch {
  const child = startProgram(program, [...options, '-batch', '-'], { netns });
  return {
    async run(commands) {
      child.send(commands.map((line) => `${line}\n`).join(''));
      const { status, stdout, stderr } = await child.ended;
      if (status === 0) return stdout;
      const said = stderr.trim().replaceAll('\n', ' | ') || `it ended with status ${status}`;
      throw new SupervisorError('FAILED', `the network namespace cannot be set up: ${program}: ${said}`);
    },
  };
}

/** The same in one step. */
export function batch(
  netns: string | undefined,
  program: 'ip' | 'tc',
  commands: readonly string[],
  options?: readonly string[],
): Promise<string> {
  return openBatch(netns, program, options).run(commands);
}
