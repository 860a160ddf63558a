/**
 * Makes a template: boots a VM, saves it, and gives the directory its name only when all of it is on disk, so that a
 * half-made one is never found.
 */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { bootConfigOf, type DirectOptions } from '../direct.ts';
import { FactoryError } from '../errors.ts';
import { Starts } from '../starts.ts';
import { endProcesses } from '../vmDirectory/endProcesses.ts';
import { identityOf } from './identity.ts';
import { MANIFEST, type Manifest } from './openTemplate.ts';
import { discardTemplate } from './removeTemplate.ts';

export interface CreateTemplateOptions extends DirectOptions {
  /** Absolute path. Its parent is made where it is missing. */
  readonly dir: string;
  /** Whether what is there already is replaced (false). */
  readonly replace?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** @throws FactoryError `EXISTS` | HypervisorError | the signal's reason; nothing of the template is then left */
export async function createTemplate({
  dir,
  replace = false,
  signal,
  ...options
}: CreateTemplateOptions): Promise<void> {
  if (!replace) await refuseTaken(dir);
  await mkdir(dirname(dir), { recursive: true });
  await sweepUnfinished(dir);
  const making = `${dir}${UNFINISHED}${process.pid}`;
  await mkdir(making, { mode: 0o700 });
  try {
    const note = await save(options, making, signal);
    const manifest: Manifest = {
      template: 1,
      created: new Date().toISOString(),
      identity: await identityOf(options),
      note,
    };
    await writeFile(join(making, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true });
    if (replace) await discardTemplate(dir);
    await give(making, dir);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

const UNFINISHED = '.unfinished-';

async function save(options: DirectOptions, making: string, signal = new AbortController().signal): Promise<unknown> {
  await using starts = new Starts(options);
  await using vm = await starts.start(bootConfigOf(options), { saveTo: making }, { signal });
  const note = await options.guest.ready(vm, signal);
  signal.throwIfAborted();
  await vm.save();
  return note;
}

async function refuseTaken(dir: string): Promise<void> {
  const entries = await readdir(dir).catch(() => []);
  if (entries.length > 0)
    throw new FactoryError('EXISTS', `${dir} is there already and not empty; remove it, or choose another directory`);
}

async function give(making: string, dir: string): Promise<void> {
  try {
    await rename(making, dir);
  } catch (cause) {
    throw new FactoryError('EXISTS', `${dir} was made by somebody else meanwhile`, { cause });
  }
}

/** What somebody left who was killed, and the hypervisor that has its memory there. */
async function sweepUnfinished(dir: string): Promise<void> {
  const prefix = `${basename(dir)}${UNFINISHED}`;
  const names = (await readdir(dirname(dir))).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    if (isAlive(Number(name.slice(prefix.length)))) continue;
    const left = join(dirname(dir), name);
    await endProcesses(left);
    await rm(left, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
