// The examples of the READMEs that need no VM print what stands below them.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inRoot } from '../lib/paths.mjs';
import { readmeOf } from './support/readme.ts';

const EXAMPLE = /```js\n(.*?)```\n\n```text\n(.*?)```/s;
const RUN_HERE = ['eventlog', 'frames', 'notify', 'oci', 'seccomp', 'shim', 'spawner', 'timeline'];
/** readmes.vm.test.ts runs these. */
const RUN_WITH_A_VM = ['api', 'hyperstart'];

test.each(RUN_HERE)("the example of %s's README runs and prints what it says", async (name) => {
  const [, example = '', output] = EXAMPLE.exec(await readFile(readmeOf(name), 'utf8')) ?? [];
  const cwd = inRoot('packages', name);
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', example], { cwd });
  expect((await run).stdout).toBe(output);
});

test('every example with an output is run', async () => {
  const names = await readdir(inRoot('packages'));
  const readmes = await Promise.all(names.map((name) => readFile(readmeOf(name), 'utf8').catch(() => '')));
  const withOutput = names.filter((_, index) => EXAMPLE.test(readmes[index] ?? ''));
  expect(withOutput.sort()).toEqual([...RUN_HERE, ...RUN_WITH_A_VM].sort());
});
