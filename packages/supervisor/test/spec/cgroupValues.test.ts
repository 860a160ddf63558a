import { expect, test } from 'vitest';
import { cgroupValues } from '../../src/spec/cgroupValues.ts';

const values = (resources: Parameters<typeof cgroupValues>[0], cpus = 2) => cgroupValues(resources, cpus);

test.each([
  [2, '1'],
  [1, '1'],
  [1024, '39'],
  [262_144, '10000'],
  [1_000_000, '10000'],
])('%i shares are the weight %s', (shares, weight) => {
  expect(values({ cpu: { shares } })).toEqual({ 'cpu.weight': weight });
});

test.each([
  [{ quota: 50_000, period: 100_000 }, '50000 100000'],
  [{ quota: 50_000 }, '50000 100000'],
  [{ quota: -1 }, 'max 100000'],
  [{ period: 50_000 }, 'max 50000'],
])('the quota %j is %s', (cpu, max) => {
  expect(values({ cpu })).toEqual({ 'cpu.max': max });
});

test('a set of CPUs is cut down to those of the VM, and is all of them where that leaves none', () => {
  expect(values({ cpu: { cpus: '0-3,7', mems: '0-1' } })).toEqual({ 'cpuset.cpus': '0,1', 'cpuset.mems': '0' });
  expect(values({ cpu: { cpus: '4-5', mems: '1' } })).toEqual({});
  expect(() => values({ cpu: { cpus: 'all' } })).toThrow('"all" is not a list such as "0-2,7"');
});

test.each([
  [{ limit: 100 }, { 'memory.max': '100' }],
  [{ limit: -1 }, { 'memory.max': 'max', 'memory.swap.max': 'max' }],
  [
    { limit: 100, swap: 150 },
    { 'memory.max': '100', 'memory.swap.max': '50' },
  ],
  [
    { limit: 100, swap: 100 },
    { 'memory.max': '100', 'memory.swap.max': '0' },
  ],
  [
    { limit: 100, swap: -1 },
    { 'memory.max': '100', 'memory.swap.max': 'max' },
  ],
  [{ reservation: 50 }, { 'memory.low': '50' }],
  [{}, {}],
])('the memory %j is %j', (memory, expected) => {
  expect(values({ memory })).toEqual(expected);
});

test.each([{ swap: 100 }, { limit: -1, swap: 100 }, { limit: 100, swap: 50 }])(
  'swap without the memory that it counts in is refused: %j',
  (memory) => {
    expect(() => values({ memory })).toThrow(/linux\.resources\.memory\.swap/);
  },
);

test('what is unified comes last, and so decides', () => {
  const resources = {
    pids: { limit: -1 },
    blockIO: { weight: 1000 },
    hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
    memory: { limit: 100 },
    unified: { 'memory.high': '80', 'memory.max': '90' },
  };
  expect(Object.entries(values(resources))).toEqual([
    ['memory.max', '90'],
    ['pids.max', 'max'],
    ['io.weight', '10000'],
    ['hugetlb.2MB.max', '0'],
    ['memory.high', '80'],
  ]);
});
