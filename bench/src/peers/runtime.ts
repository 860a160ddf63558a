/** A container of a runtime that has runc's commands. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programSpec } from '@runv/testkit';
import { execa } from 'execa';
import { type Column, ENV, type Ends, STAYS } from './column.ts';

const ID = 'peer';

/** @param command the runtime, and flags for each of its commands */
export async function runtimeColumn(
  name: string,
  command: readonly string[],
  root: string,
  ends: Ends,
): Promise<Column> {
  const dir = await mkdtemp(join(tmpdir(), 'runv-peer-'));
  ends.push(() => rm(dir, { recursive: true }));
  const [executable = '', ...flags] = command;
  const line = (...args: string[]) => [...flags, '--root', join(dir, 'root'), ...args];
  const bundle = join(dir, 'bundle');
  await mkdir(bundle);
  await writeFile(join(bundle, 'config.json'), JSON.stringify(programSpec({ rootfs: root, args: STAYS })));
  await execa(executable, line('run', '--detach', '--bundle', bundle, ID), { stdio: 'ignore' });
  ends.push(() => execa(executable, line('delete', '--force', ID)));
  const env = ENV.flatMap((variable) => ['--env', variable]);
  const sh = async (script: string) => {
    const args = line('exec', ...env, ID, 'sh', '-c', script);
    return (await execa(executable, args, { stdin: 'ignore' })).stdout;
  };
  return { name, sh };
}
