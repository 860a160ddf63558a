import { expect, test } from 'vitest';
import { countReport } from '../lib/countReport.mjs';

const file = (...statuses: string[]) => ({
  name: 'a.test.ts',
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status, index) => ({ fullName: `test ${index}`, status })),
});

test('passed and failed tests are counted over all files', () => {
  const count = countReport({ testResults: [file('passed', 'failed'), file('passed')] }, false);
  expect(count).toEqual({ passed: 2, failures: ['test 1 (failed)'], withoutCapability: [] });
});

test('a failure has its message, without the stack', () => {
  const failed = {
    fullName: 'fails',
    status: 'failed',
    failureMessages: ['Error: round 3\nof 12\n    at a.test.ts:1'],
  };
  const results = { name: 'd.test.ts', status: 'failed', assertionResults: [failed] };
  expect(countReport({ testResults: [results] }, false).failures).toEqual(['fails (failed): Error: round 3\nof 12']);
});

test('a test that was skipped or is still to be written is a failure', () => {
  const count = countReport({ testResults: [file('passed', 'skipped', 'todo')] }, true);
  expect(count).toEqual({ passed: 1, failures: ['test 1 (skipped)', 'test 2 (todo)'], withoutCapability: [] });
});

test('a test of what a driver says that it cannot is listed, and no failure', () => {
  const skipped = { fullName: 'clones', status: 'skipped', meta: { withoutCapability: 'it has no clone' } };
  const failed = { fullName: 'fails', status: 'failed', meta: { withoutCapability: 'it has no clone' } };
  const results = { name: 'c.test.ts', status: 'failed', assertionResults: [skipped, failed] };
  expect(countReport({ testResults: [file('passed'), results] }, false)).toEqual({
    passed: 1,
    failures: ['fails (failed)'],
    withoutCapability: ['clones: it has no clone'],
  });
});

test('a file that could not be loaded is a failure that says why', () => {
  const broken = { name: 'b.test.ts', status: 'failed', message: 'no such module', assertionResults: [] };
  const count = countReport({ testResults: [file('passed'), broken] }, false);
  expect(count).toEqual({ passed: 1, failures: ['b.test.ts: no such module'], withoutCapability: [] });
});

test('an error outside of tests is a failure', () => {
  expect(countReport({ testResults: [file('passed')] }, false).failures).toHaveLength(1);
});

test('no test at all is a failure', () => {
  expect(countReport({ testResults: [] }, true)).toMatchObject({ passed: 0, failures: ['there was no test'] });
});
