/** Programs in a root file system of Debian's, for the tests of a file: by runc and by runv, each in a view of its own that it may write to. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Spec } from '@runv/oci';
import { DEBIAN_ROOTFS_MS, debianRootfs, LAUNCHER, writable } from '@runv/testkit';
import { execa, type Options } from 'execa';
import { afterAll, beforeAll } from 'vitest';
import { endDaemon } from './endDaemon.ts';

const EXECUTABLES = { runc: 'runc', runv: LAUNCHER } as const;

export type Runtime = keyof typeof EXECUTABLES;

/** What a run makes its bundle of. */
export interface View {
  /** Of the container. */
  readonly rootfs: string;
  /** An empty directory, for what else it takes; it goes with the tests. */
  readonly dir: string;
}

export interface DebianRuns {
  /** Runs a container to its end. A status that is not 0 throws with `reject` alone. */
  run(
    runtime: Runtime,
    id: string,
    specOf: (view: View) => Spec | Promise<Spec>,
    options?: Pick<Options, 'reject' | 'stripFinalNewline'>,
  ): Promise<{ stdout: string; stderr: string; exitCode: number | undefined }>;
}

/** To be called where a file's tests are defined: it prepares before the first of them, and takes all away after the last. */
export function debianRuns(): DebianRuns {
  let rootfs: string;
  let dir: string;
  beforeAll(async () => {
    rootfs = await debianRootfs({ onProgress: (line) => process.stdout.write(`${line}\n`) });
    dir = await mkdtemp(join(tmpdir(), 'runv-programs-'));
  }, DEBIAN_ROOTFS_MS);
  afterAll(async () => {
    await endDaemon(join(dir, 'runv'));
    // Some paths are longer than a system call takes.
    await execa('rm', ['--recursive', '--force', '--one-file-system', dir]);
  });
  return {
    async run(runtime, id, specOf, { reject = false, stripFinalNewline = true } = {}) {
      const [bundle, own] = ['bundle', 'dir'].map((kind) => join(dir, `${runtime}-${id}-${kind}`)) as [string, string];
      for (const made of [bundle, own]) await mkdir(made);
      await using view = await writable(rootfs);
      await writeFile(join(bundle, 'config.json'), JSON.stringify(await specOf({ rootfs: view.path, dir: own })));
      const line = ['--root', join(dir, runtime), 'run', '--bundle', bundle, id];
      const { stdout, stderr, exitCode } = await execa(EXECUTABLES[runtime], line, {
        ...{ reject, stdin: 'ignore', stripFinalNewline },
      });
      return { stdout, stderr, exitCode };
    },
  };
}
