#!/usr/bin/env node
// npm test: set-up, lint, types, and every test, on each Node that runv supports. The last line is `N passed, N failed`.
import './lib/requireNode.mjs';
import { mkdir, rm } from 'node:fs/promises';
import { withBusyCpus } from './lib/busyCpus.mjs';
import { Failure } from './lib/failure.mjs';
import { findLeftovers } from './lib/leftovers.mjs';
import { testedNodes } from './lib/otherNodes.mjs';
import { bin, inRoot, root } from './lib/paths.mjs';
import { bold, seconds, step } from './lib/progress.mjs';
import { run } from './lib/run.mjs';
import { runBench } from './lib/runBench.mjs';
import { runTests } from './lib/runTests.mjs';
import { setUp } from './lib/setUp.mjs';
import { inWorkDir } from './lib/workDir.mjs';

const PATIENCE_MS = 10_000;
const BENCH_LIMIT_MINUTES = 10;
// What stands on a driver. The drivers' own tests, and the guest's, name theirs.
const WITH_UML = ['cli/test/', 'factory/test/factory', 'supervisor/test/network'];
// It names a driver of its own.
const NOT_WITH_UML = ['**/driversPage.vm.test.ts'];
const ENGINES = ['cli/test/engines/'];
const ALSO_ON_STOCK = ['driver-qemu/test/conformance', 'cli/test/firstContainer', 'cli/test/templates'];
// What once failed on a busy machine. All of them: a loop on each CPU by hand, beside `npx vitest run --project vm`.
const ALSO_WHEN_BUSY = [
  'cli/test/commands',
  'cli/test/compare',
  'cli/test/engines/podman',
  'cli/test/recovery/engines',
];
const begin = performance.now();
let passed = 0;
/** @type {string[]} */
const failures = [];
/** @type {string[]} */
const withoutCapability = [];

const ready = await attempt('set-up', () =>
  setUp({ minimalKernel: true, umlKernel: true, engines: true, newerEngines: true, programs: true }),
);
if (ready) {
  await check('Lint', 'biome', ['check', '--error-on-warnings', '.']);
  await check('Unused code and dependencies', 'knip', []);
  await attempt('Directions of imports', (label) =>
    step(label, () => run(process.execPath, [inRoot('scripts/directions.mjs')], { cwd: root })),
  );
  await check('Types of tests and scripts', 'tsc', ['-p', 'tsconfig.test.json']);
  await rm(inRoot('.test-results'), { recursive: true, force: true });
  await mkdir(inRoot('.test-results'));
  for (const { name, find } of testedNodes()) {
    await attempt(`unit tests on ${name}`, async (title) => {
      const node = await step(`Finding ${name}`, find);
      await test(title, 'unit', node);
    });
  }
  await attempt('tests with virtual machines', (title) => test(title, 'vm', process.execPath));
  await attempt('tests with virtual machines, User-mode Linux', (title) =>
    test(title, 'vm', process.execPath, { files: WITH_UML, exclude: NOT_WITH_UML, env: { RUNV_DRIVER: 'uml' } }),
  );
  await attempt('tests with virtual machines, User-mode Linux, engines of Debian 13', (title) =>
    test(title, 'vm', process.execPath, {
      files: ENGINES,
      env: { RUNV_DRIVER: 'uml', RUNV_TEST_ENGINES: 'debian-13' },
    }),
  );
  await attempt('Bench, short form', async (title) => {
    process.stdout.write(`\n${bold(title)}\n`);
    await runBench(['--short'], BENCH_LIMIT_MINUTES);
  });
  // The guest's own tests run with both kernels anyway; of the others, these depend most on the kernel.
  await attempt('tests with virtual machines, stock kernel', (title) =>
    test(title, 'vm', process.execPath, { files: ALSO_ON_STOCK, env: { RUNV_GUEST_KERNEL: 'stock' } }),
  );
  await attempt('tests with virtual machines, every CPU busy', (title) =>
    withBusyCpus(() => test(title, 'vm', process.execPath, { files: ALSO_WHEN_BUSY, oneByOne: true })),
  );
}
summarise();

/**
 * @param {string} label
 * @param {string} command
 * @param {string[]} args
 */
async function check(label, command, args) {
  await attempt(label, () => step(label, () => run(bin(command), args, { cwd: root })));
}

/**
 * @param {string} title
 * @param {'unit' | 'vm'} project
 * @param {string} node
 * @param {{ files?: readonly string[], exclude?: readonly string[], oneByOne?: boolean, env?: Record<string, string> }} [more]
 */
async function test(title, project, node, more = {}) {
  process.stdout.write(`\n${bold(title)}\n`);
  const report = `${title.replaceAll(/[^\w.]+/g, '-')}.json`;
  await inWorkDir(async (tmp) => {
    const result = await runTests({ project, node, report, tmp, ...more });
    passed += result.passed;
    withoutCapability.push(...result.withoutCapability);
    failures.push(...result.failures.map((failure) => `${title}: ${failure}`));
    const left = await step('Looking for what they left behind', () => findLeftovers(tmp, PATIENCE_MS));
    failures.push(...left.map((line) => `${title}: left behind: ${line}`));
  });
}

/**
 * A failure of one part does not keep the others from running.
 *
 * @param {string} title
 * @param {(title: string) => Promise<unknown>} work
 */
async function attempt(title, work) {
  try {
    await work(title);
    return true;
  } catch (error) {
    const message = error instanceof Failure ? error.message : String(error instanceof Error ? error.stack : error);
    process.stdout.write(`${message}\n`);
    failures.push(title);
    return false;
  }
}

function summarise() {
  process.stdout.write(`\n${seconds(performance.now() - begin)}\n`);
  for (const line of withoutCapability) process.stdout.write(`skipped: ${line}\n`);
  for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
  process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
