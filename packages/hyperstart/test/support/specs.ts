/** What the tests run: containers and processes with little said about them. */
import { text } from 'node:stream/consumers';
import type { ContainerSpec, GuestProcess, ProcessSpec } from '../../src/index.ts';

export function processSpec(id: string, args: readonly string[], more: Partial<ProcessSpec> = {}): ProcessSpec {
  const nobody = { uid: 0, gid: 0, additionalGids: [], rlimits: [], noNewPrivileges: false };
  return { id, args, terminal: false, env: ['PATH=/bin'], cwd: '/', ...nobody, ...more };
}

export function containerSpec(
  id: string,
  args: readonly string[],
  more: Partial<Omit<ContainerSpec, 'process'>> & { process?: Partial<ProcessSpec> } = {},
): ContainerSpec {
  const { process, ...around } = more;
  const container = { id, image: 'c1', rootfs: 'rootfs', readonly: false, created: false, ...around };
  return { ...container, process: processSpec('init', args, process) };
}

/** A shell's script as a program. */
export function sh(script: string): string[] {
  return ['sh', '-c', script];
}

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
}

/** All that a process says until its end; its stdin ends at once. */
export async function outcome(process: GuestProcess): Promise<Outcome> {
  process.stdio.end();
  const [stdout, stderr, status] = await Promise.all([
    text(process.stdio),
    process.stderr ? text(process.stderr) : '',
    process.exited,
  ]);
  return { stdout, stderr, status };
}
