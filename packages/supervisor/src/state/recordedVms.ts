/** The VMs that containers' records name: those that somebody may still want. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerRecord } from './writeState.ts';

/** @returns their directories */
export async function recordedVms(stateDir: string): Promise<Set<string>> {
  const names = (await readdir(stateDir)).filter((name) => !name.startsWith('.'));
  const dirs = await Promise.all(names.map((name) => vmDirOf(join(stateDir, name, 'state.json'))));
  return new Set(dirs.filter((dir) => dir !== ''));
}

async function vmDirOf(path: string): Promise<string> {
  try {
    const record: ContainerRecord = JSON.parse(await readFile(path, 'utf8'));
    return record.runv.vm.dir;
  } catch {
    // No record, or one that a crash cut off before there was a VM.
    return '';
  }
}
