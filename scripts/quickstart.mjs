#!/usr/bin/env node
// npm run quickstart: from a fresh clone to a container in its own virtual machine.
import './lib/requireNode.mjs';
import { release } from 'node:os';
import { join } from 'node:path';
import { makeBusyboxBundle } from './lib/busyboxBundle.mjs';
import { Failure, runMain } from './lib/failure.mjs';
import { findLeftovers } from './lib/leftovers.mjs';
import { bin } from './lib/paths.mjs';
import { bold, seconds, step, timings } from './lib/progress.mjs';
import { run } from './lib/run.mjs';
import { setUp } from './lib/setUp.mjs';
import { inWorkDir } from './lib/workDir.mjs';

const KERNEL = 'kernel: ';
const PROGRAM = `echo "Hello from $(hostname), as user $(id -u), process $$"
  grep MemTotal /proc/meminfo
  ls /
  echo "${KERNEL}$(uname -r)"`;
const PATIENCE_MS = 10_000;

await runMain(async () => {
  const begin = performance.now();
  const { kernelVersion } = await setUp();
  const output = await inWorkDir(runHello);
  process.stdout.write(`\n${bold('The container printed')}\n${output.replace(/^/gm, '  ').trimEnd()}\n`);
  process.stdout.write(`\n${bold('Kernels')}\n`);
  process.stdout.write(`  guest  ${guestKernel(output)} (Debian's ${kernelVersion})\n  host   ${release()}\n`);
  process.stdout.write(`\n${bold('Times')}\n`);
  timings.push({ label: 'Everything', ms: performance.now() - begin });
  const width = Math.max(...timings.map(({ label }) => label.length));
  for (const { label, ms } of timings) {
    process.stdout.write(`  ${label.padEnd(width)} ${seconds(ms).padStart(8)}\n`);
  }
  process.stdout.write('\nNext: ./node_modules/.bin/runv --help, and the tour in README.md\n');
});

/** @param {string} dir */
async function runHello(dir) {
  const bundle = join(dir, 'bundle');
  const env = { TMPDIR: dir };
  await step('Making a bundle of busybox', () => makeBusyboxBundle(bundle, ['sh', '-c', PROGRAM]));
  const runv = ['--root', join(dir, 'root'), 'run', '--solo-namespaced', '--bundle', bundle, 'hello'];
  const output = await step('Running it in a virtual machine', () => run(bin('runv'), runv, { env }));
  await step('Waiting until everything is cleaned up', () => assertNoLeftovers(dir));
  return output;
}

/** @param {string} dir */
async function assertNoLeftovers(dir) {
  const expected = [`file ${dir}/bundle`, `file ${dir}/root`];
  const left = await findLeftovers(dir, PATIENCE_MS, expected);
  if (left.length > 0) throw new Failure(`Something was left behind:\n  ${left.join('\n  ')}`);
}

/** @param {string} output */
function guestKernel(output) {
  const line = output.split('\n').find((candidate) => candidate.startsWith(KERNEL));
  if (line === undefined) throw new Failure(`The container did not name its kernel; it printed:\n${output}`);
  return line.slice(KERNEL.length);
}
