/** Docker Compose, with a file of the test's, in an engine's sandbox. */
import { mkdir, writeFile } from 'node:fs/promises';
import type { Engine } from './engine.ts';
import type { CommandResult } from './sandbox.ts';

export interface Compose {
  /** Runs a command of Compose in the project's directory. @throws Error with what it said, unless it succeeds */
  (...args: string[]): Promise<string>;
  /** Runs it, and tells how it went. */
  readonly tried: (...args: string[]) => Promise<CommandResult>;
  /** The ids of a service's containers. */
  readonly ids: (service: string) => Promise<string[]>;
  /** The directory of the file, against which its paths are. */
  readonly dir: string;
}

/** @param project what the file says: JSON is YAML too */
export async function composeIn(engine: Engine, name: string, project: unknown): Promise<Compose> {
  const dir = engine.sandbox.path(name);
  await mkdir(dir);
  await writeFile(`${dir}/docker-compose.yml`, JSON.stringify(project));
  const flags = ['-p', name, '--project-directory', dir, '-f', `${dir}/docker-compose.yml`];
  const line = [...(await programOf(engine)), ...flags];
  const tried = (...args: string[]) => engine.sandbox.run([...line, ...args]);
  const compose = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await tried(...args);
    if (exitCode !== 0) throw new Error(`compose ${args.join(' ')} exited with ${exitCode}: ${stdout}${stderr}`);
    return stdout;
  };
  const ids = async (service: string) =>
    (await compose('ps', '-a', '-q', service)).split('\n').filter((id) => id !== '');
  return Object.assign(compose, { tried, ids, dir });
}

/** The version 1 is a program of its own, the version 2 a command of Docker's. */
async function programOf({ sandbox, address }: Engine): Promise<string[]> {
  const { exitCode } = await sandbox.run(['sh', '-c', 'command -v docker-compose']);
  return exitCode === 0 ? ['env', `DOCKER_HOST=${address.at(-1)}`, 'docker-compose'] : [...address, 'compose'];
}
