/** Runs programs of iproute2 inside a network namespace, with many commands for each process. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { SupervisorError } from '../base/errors.ts';

/** `ip` or `tc`, which waits for its commands: starting it takes longer than carrying them out. */
export interface Batch {
  /**
   * Carries out these commands, a line each; once.
   *
   * @returns what it printed
   * @throws SupervisorError `FAILED` with its words; the commands after the one that failed were then not carried out
   */
  run(commands: readonly string[]): Promise<string>;
}

/** @param netns a path such as `/proc/123/ns/net`; undefined: this process's own */
export function openBatch(netns: string | undefined, program: 'ip' | 'tc', options: readonly string[] = []): Batch {
  const command = [program, ...options, '-batch', '-'];
  const [file = '', ...args] = netns === undefined ? command : ['nsenter', `--net=${netns}`, ...command];
  const child = spawn(file, args, { stdio: 'pipe' });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const outcome = Promise.all([ended, text(child.stdout), text(child.stderr)]);
  outcome.catch(() => {});
  // One that ends early has said why on stderr.
  child.stdin.on('error', () => {});
  return {
    async run(commands) {
      child.stdin.end(commands.map((line) => `${line}\n`).join(''));
      const [code, out, words] = await outcome;
      if (code === 0) return out;
      const said = words.trim().replaceAll('\n', ' | ') || `it ended with status ${code}`;
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
