/** Programs that people run in containers, in a root file system of Debian's: each does with runv what it does with runc. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { programSpec } from '@runv/testkit';
import { describe, expect, test } from 'vitest';
import { debianRuns, type Runtime } from '../support/debianRuns.ts';

// With QEMU's emulation the others take long.
const SHORT = ['python', 'sqlite', 'redis', 'nginx'];
const ALL = [
  ...[...SHORT, 'apt', 'git', 'gcc', 'go', 'java', 'mariadb', 'node', 'postgres', 'rsync', 'sshd', 'supervisord'],
];
const PROGRAMS = process.env.RUNV_DRIVER === 'uml' || process.env.RUNV_TEST_FULL ? ALL : SHORT;

const runs = debianRuns();

describe('a program does with runv what it does with runc', () => {
  test.each(PROGRAMS)('%s', async (name) => {
    const expected = { stdout: await readFile(inputs(name, 'expected.txt'), 'utf8'), stderr: '', exitCode: 0 };
    const [runc, runv] = await Promise.all([run('runc', name), run('runv', name)]);
    expect(runc).toEqual(expected);
    expect(runv).toEqual(expected);
  });
});

async function run(runtime: Runtime, name: string) {
  const program = { args: ['sh', '/program/run.sh'], inputs: { '/program': inputs(name) } };
  return await runs.run(runtime, name, ({ rootfs }) => programSpec({ rootfs, ...program }), {
    stripFinalNewline: false,
  });
}

function inputs(name: string, file = ''): string {
  return fileURLToPath(new URL(`${name}/${file}`, import.meta.url));
}
