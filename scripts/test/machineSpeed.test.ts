import { expect, test } from 'vitest';
import { measureStart, slownessOf } from '../lib/machineSpeed.mjs';

test('limits grow with the machine, never below those of the reference and never without end', () => {
  expect([10, 50, 75, 115, 1000].map(slownessOf)).toEqual([1, 1, 1.5, 2.3, 3]);
});

test('a start of Node takes some time', () => {
  expect(measureStart()).toBeGreaterThan(1);
});
