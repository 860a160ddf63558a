/** A place in which the rows run: one container that stays, or the host. */
import { join } from 'node:path';
import { writable } from '@runv/testkit';
import { execa } from 'execa';

export interface Column {
  readonly name: string;
  /** Runs a shell's script in it. @returns what it printed @throws where it fails */
  sh(script: string): Promise<string>;
}

/** What ends what a column has opened, entered as soon as that is open; the last comes first. */
export type Ends = (() => PromiseLike<unknown>)[];

/** What stays, for others to be started beside it; it waits for those that have lost their parents. */
export const STAYS = ['sh', '-c', 'while :; do sleep 1000; done'];
export const ENV = [
  'PATH=/bench:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ...['HOME=/root', 'LANG=C.UTF-8'],
];

/** A root file system for one column. @param programs comes to /bench @returns its path */
export async function rootWith(programs: string, rootfs: string, ends: Ends): Promise<string> {
  const root = await writable(rootfs);
  ends.push(() => root[Symbol.asyncDispose]());
  await execa('cp', ['--recursive', programs, join(root.path, 'bench')]);
  return root.path;
}
