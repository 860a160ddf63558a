// One run of vitest: its output goes to the terminal as it comes, its result is read from its JSON report.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { countReport } from './countReport.mjs';
import { Failure } from './failure.mjs';
import { inRoot, root } from './paths.mjs';
import { onTerminal } from './progress.mjs';

// A test that never yields cannot be ended by vitest's own limits.
const LIMIT_MINUTES = { unit: 5, vm: 20 };

/**
 * @param {object} options
 * @param {'unit' | 'vm'} options.project of vitest.config.ts
 * @param {string} options.node path of the Node that runs the tests
 * @param {string} options.report name of the JSON report in .test-results
 * @param {string} options.tmp what the tests have as TMPDIR
 * @param {readonly string[]} [options.files] only those whose path has one of these
 * @param {Record<string, string>} [options.env] beside this process's own
 * @returns {Promise<import('./countReport.mjs').Count>}
 */
export async function runTests({ project, node, report, tmp, files = [], env = {} }) {
  const file = inRoot('.test-results', report);
  const vitest = inRoot('node_modules', 'vitest', 'vitest.mjs');
  const reporters = [`--reporter=${project === 'vm' ? 'verbose' : 'default'}`, '--reporter=json'];
  const child = spawn(
    node,
    [vitest, 'run', '--project', project, ...reporters, `--outputFile.json=${file}`, ...files],
    {
      cwd: root,
      // Programs that tests start by the name of `node` are to be this one too.
      env: {
        ...process.env,
        ...env,
        ...(onTerminal ? {} : { NO_COLOR: '1' }),
        TMPDIR: tmp,
        PATH: `${dirname(node)}:${process.env.PATH}`,
      },
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: LIMIT_MINUTES[project] * 60_000,
      killSignal: 'SIGKILL',
    },
  );
  const ending = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new Failure(`vitest ended by ${ending} without a report; its limit is ${LIMIT_MINUTES[project]} minutes`);
  return countReport(JSON.parse(text), ending === 0);
}
