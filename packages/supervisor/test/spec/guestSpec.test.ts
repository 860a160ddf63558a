import { expect, test } from 'vitest';
import { guestMounts, initSpec } from '../../src/spec/guestSpec.ts';

const PROC = { destination: '/proc', type: 'proc', source: 'proc', options: [] };

test('what a process does not say is what the runtime-spec has for it', () => {
  expect(initSpec({ args: ['true'], cwd: '/', user: { uid: 0, gid: 0 } })).toEqual({
    id: 'init',
    terminal: false,
    args: ['true'],
    env: [],
    cwd: '/',
    uid: 0,
    gid: 0,
    additionalGids: [],
    capabilities: undefined,
    rlimits: [],
    noNewPrivileges: false,
    oomScoreAdj: undefined,
    size: undefined,
  });
});

test('the user, the limits and the size of the terminal go to the guest', () => {
  const spec = initSpec({
    args: ['sh'],
    cwd: '/work',
    terminal: true,
    consoleSize: { height: 24, width: 80 },
    user: { uid: 1000, gid: 1001, additionalGids: [5] },
    rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: JSON.parse('18446744073709551615') }],
    noNewPrivileges: true,
    oomScoreAdj: -500,
  });
  expect(spec).toMatchObject({
    terminal: true,
    size: { rows: 24, columns: 80 },
    uid: 1000,
    gid: 1001,
    additionalGids: [5],
    rlimits: [{ type: 'RLIMIT_CORE', soft: 0, hard: 18_446_744_073_709_551_615n }],
    noNewPrivileges: true,
    oomScoreAdj: -500,
  });
});

test('no mounts are the standard set; any others get a /dev of their own unless they have one', () => {
  expect(guestMounts([])).toBeUndefined();
  expect(guestMounts([PROC])).toEqual([expect.objectContaining({ destination: '/dev', type: 'tmpfs' }), PROC]);
  for (const destination of ['/dev', '/dev/']) {
    const dev = { destination, type: 'tmpfs', source: 'tmpfs', options: [] };
    expect(guestMounts([PROC, dev])).toEqual([PROC, dev]);
  }
});
