import { expect, test } from 'vitest';
import { parseStats } from '../src/stats.ts';

const answer = (value: unknown) => Buffer.from(JSON.stringify(value));

test('metrics are parsed from the text of the kernel', () => {
  const network =
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n' +
    '    lo:      84       1    2    3    0     0          0         0       85       4    5    6    0     0       0          0\n';
  const cgroup = {
    'cgroup.procs': '7\n9\n',
    'cpu.stat': 'usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 3\nnr_throttled 2\nthrottled_usec 70\n',
    'memory.current': '4096\n',
    'memory.max': 'max\n',
    'memory.stat': 'anon 100\nfile 200\n',
    'memory.events': 'max 3\noom_kill 1\n',
    'pids.current': '2\n',
    'pids.max': '20\n',
    'io.stat': '253:1 rbytes=1 wbytes=2 rios=3 wios=4\n',
  };
  expect(parseStats(answer({ cgroup, network }))).toEqual({
    cpu: { usage: 1_500_000, user: 1_000_000, system: 500_000, periods: 3, throttledPeriods: 2, throttled: 70_000 },
    memory: {
      usage: 4096,
      peak: undefined,
      limit: undefined,
      swap: undefined,
      swapLimit: undefined,
      stat: { anon: 100, file: 200 },
      events: { max: 3, oom_kill: 1 },
    },
    pids: { current: 2, limit: 20, members: [7, 9] },
    io: [{ major: 253, minor: 1, counts: { rbytes: 1, wbytes: 2, rios: 3, wios: 4 } }],
    network: [
      {
        name: 'lo',
        received: { bytes: 84, packets: 1, errors: 2, dropped: 3 },
        sent: { bytes: 85, packets: 4, errors: 5, dropped: 6 },
      },
    ],
  });
});

test('a kernel that counts nothing gives metrics without numbers, and malformed metrics are the guest’s fault', () => {
  expect(parseStats(answer({ cgroup: {}, network: '' }))).toMatchObject({ pids: { members: [] }, io: [], network: [] });
  expect(() => parseStats(answer({ cgroup: 1 }))).toThrow(
    'the guest broke the protocol: it sent malformed metrics of a container',
  );
});
