// Runs vitest with its output on the terminal, and reads the result from its JSON report.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { countReport } from './countReport.mjs';
import { Failure } from './failure.mjs';
import { measureStart, slownessOf } from './machineSpeed.mjs';
import { inRoot, root } from './paths.mjs';
import { onTerminal } from './progress.mjs';
import { runInherited } from './run.mjs';

// Vitest's own limits cannot stop a test that never yields. The limits are those of the reference machine.
const LIMIT_MINUTES = { unit: 7, vm: 35 };

/**
 * @param {object} options
 * @param {'unit' | 'vm'} options.project of vitest.config.ts
 * @param {string} options.node path of the Node that runs the tests
 * @param {string} options.report name of the JSON report in .test-results
 * @param {string} options.tmp the tests' TMPDIR
 * @param {readonly string[]} [options.files] runs only test files whose path contains one of these
 * @param {readonly string[]} [options.exclude] leaves out those that match one of these globs
 * @param {boolean} [options.oneByOne] no two files at once
 * @param {Record<string, string>} [options.env] added to this process's environment
 * @returns {Promise<import('./countReport.mjs').Count>}
 */
export async function runTests({ project, node, report, tmp, files = [], exclude = [], oneByOne = false, env = {} }) {
  const file = inRoot('.test-results', report);
  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs');
  const reporters = [`--reporter=${project === 'vm' ? 'verbose' : 'default'}`, '--reporter=json'];
  const args = [vitest, 'run', '--project', project, ...reporters, `--outputFile.json=${file}`, ...files];
  args.push(...exclude.map((glob) => `--exclude=${glob}`), ...(oneByOne ? ['--no-file-parallelism'] : []));
  const limitMinutes = Math.ceil(LIMIT_MINUTES[project] * slownessOf(measureStart()));
  const status = await runInherited(node, args, {
    cwd: root,
    // On the PATH, so that tests that start `node` use the same one.
    env: {
      ...process.env,
      ...env,
      ...(onTerminal ? {} : { NO_COLOR: '1' }),
      TMPDIR: tmp,
      PATH: `${dirname(node)}:${process.env.PATH}`,
    },
    limitMinutes,
  });
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new Failure(`vitest ended with ${status} and no report; its limit is ${limitMinutes} minutes`);
  return countReport(JSON.parse(text), status === 0);
}
