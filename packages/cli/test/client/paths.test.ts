import { expect, test } from 'vitest';
import { sharedDaemonDir, sharedSocket, soloDirPrefix, soloSocket } from '../../src/client/paths.ts';

test("the shared daemon is in the root, where no container's name can be", () => {
  expect(sharedDaemonDir('/run/runv')).toBe('/run/runv/.daemon');
  expect(sharedSocket('/run/runv')).toBe('/run/runv/.daemon/runv.sock');
});

test('a daemon for one container is beside the root', () => {
  expect(soloDirPrefix('/run/runv')).toBe('/run/runv-namespace-');
  expect(soloSocket('/run/runv-namespace-x')).toBe('/run/runv-namespace-x/namespaced.sock');
});
