// Counts the results in a report of vitest's JSON reporter.

/**
 * @typedef {object} Count
 * @property {number} passed
 * @property {string[]} failures a line for each
 */

/**
 * @typedef {object} Report
 * @property {{
 *   name: string,
 *   status: string,
 *   message?: string,
 *   assertionResults: { fullName: string, status: string }[]
 * }[]} testResults
 */

/**
 * Skipped tests count as failed, and so do files that cannot be loaded and errors outside of tests.
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
  const failures = [
    ...tests.filter((test) => test.status !== 'passed').map((test) => `${test.fullName} (${test.status})`),
    ...unloaded.map((file) => `${file.name}: ${file.message ?? 'could not be run'}`),
  ];
  if (!succeeded && failures.length === 0) failures.push('vitest failed outside of any test; see above');
  if (tests.length === 0) failures.push('there was no test');
  return { passed: tests.filter((test) => test.status === 'passed').length, failures };
}
