/** Programs that people run in containers, in a root file system of Debian's: each does with runv what it does with runc. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEBIAN_ROOTFS_MS, debianRootfs, LAUNCHER, programSpec, writable } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endDaemon } from '../support/endDaemon.ts';

// With QEMU's emulation the others take long.
const SHORT = ['python', 'sqlite', 'redis', 'nginx'];
const ALL = [...SHORT, 'git', 'gcc', 'go', 'java', 'node', 'postgres'];
const PROGRAMS = process.env.RUNV_DRIVER === 'uml' || process.env.RUNV_TEST_FULL ? ALL : SHORT;

let rootfs: string;
let dir: string;

beforeAll(async () => {
  rootfs = await debianRootfs({ onProgress: (line) => process.stdout.write(`${line}\n`) });
  dir = await mkdtemp(join(tmpdir(), 'runv-programs-'));
}, DEBIAN_ROOTFS_MS);

afterAll(async () => {
  await endDaemon(join(dir, 'runv'));
  await rm(dir, { recursive: true });
});

describe('a program does with runv what it does with runc', () => {
  test.each(PROGRAMS)('%s', async (name) => {
    const expected = { stdout: await readFile(inputs(name, 'expected.txt'), 'utf8'), stderr: '', exitCode: 0 };
    const [runc, runv] = await Promise.all([run('runc', 'runc', name), run('runv', LAUNCHER, name)]);
    expect(runc).toEqual(expected);
    expect(runv).toEqual(expected);
  });
});

async function run(runtime: string, executable: string, name: string) {
  const bundle = join(dir, `${runtime}-${name}`);
  await mkdir(bundle);
  await using view = await writable(rootfs);
  const args = ['sh', '/program/run.sh'];
  const spec = programSpec({ rootfs: view.path, args, inputs: { '/program': inputs(name) } });
  await writeFile(join(bundle, 'config.json'), JSON.stringify(spec));
  const line = ['--root', join(dir, runtime), 'run', '--bundle', bundle, name];
  const { stdout, stderr, exitCode } = await execa(executable, line, {
    ...{ reject: false, stdin: 'ignore', stripFinalNewline: false },
  });
  return { stdout, stderr, exitCode };
}

function inputs(name: string, file = ''): string {
  return fileURLToPath(new URL(`${name}/${file}`, import.meta.url));
}
