import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { examineKernel, examineNode, OLDEST_NODE } from '../../src/doctor/versions.ts';

test.each(['18.20.4', '20.18.3', '20.9.0', '19.99.99'])('Node %s is refused', (version) => {
  const { level, detail } = examineNode(version);
  expect(level).toBe('missing');
  expect(detail).toContain(`install Node ${OLDEST_NODE} or newer`);
});

test.each([OLDEST_NODE, '20.20.2', '22.0.0', '24.11.1'])('Node %s is accepted', (version) => {
  expect(examineNode(version)).toEqual({ level: 'ok', what: 'Node', detail: `v${version}` });
});

test('the oldest Node is that of package.json', async () => {
  const { engines } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(`${engines.node}.0`).toBe(`>=${OLDEST_NODE}`);
});

test.each([
  ['5.11.22-7', 'missing'],
  ['4.19.0', 'missing'],
  ['5.12.0', 'ok'],
  ['5.15-generic', 'ok'],
  ['6.1.0-31-amd64', 'ok'],
])('Linux %s: %s', (version, level) => {
  expect(examineKernel(version)).toMatchObject({ what: 'kernel', level, detail: expect.stringContaining(version) });
});
