import { expect, test } from 'vitest';
import { execSpec } from '../../src/spec/execSpec.ts';
import { processSpec } from '../../src/spec/guestSpec.ts';

test('one more process has the filter of system calls of its container', async () => {
  const seccomp = { program: 'AAAA', flags: 0 };
  const init = { ...processSpec('init', { cwd: '/', user: { uid: 0, gid: 0 }, args: ['sh'] }), seccomp };
  const json = JSON.stringify({ cwd: '/tmp', user: { uid: 1, gid: 1 }, args: ['true'] });
  expect(await execSpec('e', json, init)).toMatchObject({ id: 'e', cwd: '/tmp', seccomp });
});
