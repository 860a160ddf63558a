import { expect, test } from 'vitest';
import { updatedResources, withWholeQuota } from '../../src/spec/updatedResources.ts';

test('an update changes the fields that it says, and leaves the others as they were', () => {
  const before = { memory: { limit: 1000, swap: 2000 }, cpu: { quota: 50_000, period: 20_000 }, pids: { limit: 10 } };
  expect(updatedResources(before, { memory: { limit: -1 }, cpu: { quota: 70_000 } })).toEqual({
    ...before,
    memory: { limit: -1, swap: 2000 },
    cpu: { quota: 70_000, period: 20_000 },
    blockIO: {},
  });
  expect(updatedResources({}, { blockIO: { weight: 100 } })).toMatchObject({ blockIO: { weight: 100 } });
});

test('0, the empty string and what is undefined say nothing', () => {
  const before = { memory: { limit: 1000 }, cpu: { quota: 50_000, cpus: '0' }, blockIO: { weight: 100 } };
  const update = {
    memory: { limit: 0 },
    cpu: { quota: 0, period: undefined, cpus: '' },
    blockIO: { weight: undefined },
  };
  expect(updatedResources(before, update)).toEqual(before);
});

test('a quota alone keeps the period, and a period alone the quota', () => {
  const before = { cpu: { quota: 50_000, period: 20_000, shares: 7 } };
  expect(withWholeQuota(before, { cpu: { quota: -1 } }).cpu).toEqual({ quota: -1, period: 20_000 });
  expect(withWholeQuota(before, { cpu: { period: 40_000 } }).cpu).toEqual({ quota: 50_000, period: 40_000 });
  expect(withWholeQuota(before, { cpu: { shares: 8 } }).cpu).toEqual({ shares: 8 });
  expect(withWholeQuota({}, { cpu: { quota: 1000 } }).cpu).toEqual({ quota: 1000, period: undefined });
});
