// Counts the results in a report of vitest's JSON reporter.

/**
 * @typedef {object} Count
 * @property {number} passed
 * @property {string[]} failures an entry for each, with what it said
 * @property {string[]} withoutCapability a line for each test of what a driver says that it cannot
 */

/**
 * @typedef {object} Report
 * @property {{
 *   name: string,
 *   status: string,
 *   message?: string,
 *   assertionResults: { fullName: string, status: string, failureMessages?: string[], meta?: { withoutCapability?: string } }[]
 * }[]} testResults
 */

/** How much of a message is shown. */
const SHOWN = 2000;

/**
 * The summary is the part of the output that is sure to be kept.
 *
 * @param {{ failureMessages?: string[] }} test
 */
function saidBy({ failureMessages: [message] = [] }) {
  if (!message) return '';
  const [words = ''] = message.split(/\n +at /, 1);
  return `: ${words.length > SHOWN ? `${words.slice(0, SHOWN)}…` : words}`;
}

/**
 * Skipped tests count as failed, but for those of what a driver says that it cannot (@runv/hypervisor/conformance), and so do files that cannot be loaded and errors outside of tests.
 *
 * @param {Report} report
 * @param {boolean} succeeded whether vitest itself succeeded
 * @returns {Count}
 */
export function countReport(report, succeeded) {
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const isExcused = (/** @type {typeof tests[number]} */ test) =>
    test.status === 'skipped' && test.meta?.withoutCapability !== undefined;
  const withoutCapability = tests.filter(isExcused).map((test) => `${test.fullName}: ${test.meta?.withoutCapability}`);
  const failures = [
    ...tests
      .filter((test) => test.status !== 'passed' && !isExcused(test))
      .map((test) => `${test.fullName} (${test.status})${saidBy(test)}`),
    ...unloaded.map((file) => `${file.name}: ${file.message ?? 'could not be run'}`),
  ];
  if (!succeeded && failures.length === 0) failures.push('vitest failed outside of any test; see above');
  if (tests.length === 0) failures.push('there was no test');
  return { passed: tests.filter((test) => test.status === 'passed').length, failures, withoutCapability };
}
