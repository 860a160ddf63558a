/** The messages on the wire, as other people's clients have them: field numbers and types, byte by byte. */
import { expect, test } from 'vitest';
import { types } from '../src/index.ts';

/** `name=number` and, where it is not a string, its type; `[]` is repeated. */
const MESSAGES = {
  CreateContainerRequest:
    'id=1 bundlePath=2 checkpoint=3 stdin=4 stdout=5 stderr=6 labels=7:string[] noPivotRoot=8:bool',
  CreateContainerResponse: 'container=1:message',
  SignalRequest: 'id=1 pid=2 signal=3:uint',
  AddProcessRequest:
    'id=1 terminal=2:bool user=3:message args=4:string[] env=5:string[] cwd=6 pid=7 stdin=8 stdout=9 stderr=10 ' +
    'capabilities=11:string[] apparmorProfile=12 selinuxLabel=13 noNewPrivileges=14:bool rlimits=15:message[]',
  User: 'uid=1:uint gid=2:uint additionalGids=3:uint[]',
  Rlimit: 'type=1 soft=2:uint64 hard=3:uint64',
  UpdateProcessRequest: 'id=1 pid=2 closeStdin=3:bool width=4:uint height=5:uint',
  UpdateContainerRequest: 'id=1 pid=2 status=3 resources=4:message',
  UpdateResource:
    'blkioWeight=1:uint cpuShares=2:uint cpuPeriod=3:uint cpuQuota=4:uint cpusetCpus=5 cpusetMems=6 memoryLimit=7:uint ' +
    'memorySwap=8:uint memoryReservation=9:uint kernelMemoryLimit=10:uint',
  StateRequest: 'id=1',
  StateResponse: 'containers=1:message[] machine=2:message',
  Machine: 'cpus=1:uint memory=2:uint64',
  Container: 'id=1 bundlePath=2 processes=3:message[] status=4 labels=5:string[] pids=6:uint[] runtime=7',
  Process:
    'pid=1 terminal=2:bool user=3:message args=4:string[] env=5:string[] cwd=6 systemPid=7:uint stdin=8 stdout=9 ' +
    'stderr=10 capabilities=11:string[] apparmorProfile=12 selinuxLabel=13 noNewPrivileges=14:bool rlimits=15:message[]',
  EventsRequest: 'timestamp=1:uint64',
  Event: 'type=1 id=2 status=3:uint pid=4 timestamp=5:uint64 reason=6',
  CreateCheckpointRequest: 'id=1 checkpoint=2:message',
  DeleteCheckpointRequest: 'id=1 name=2',
  ListCheckpointRequest: 'id=1',
  ListCheckpointResponse: 'checkpoints=1:message[]',
  Checkpoint: 'name=1 exit=2:bool tcp=3:bool unixSockets=4:bool shell=5:bool',
  StatsRequest: 'id=1',
  StatsResponse: 'network_stats=1:message[] cgroup_stats=2:message timestamp=3:uint64',
  NetworkStats:
    'name=1 rx_bytes=2:uint64 rx_Packets=3:uint64 Rx_errors=4:uint64 Rx_dropped=5:uint64 Tx_bytes=6:uint64 ' +
    'Tx_packets=7:uint64 Tx_errors=8:uint64 Tx_dropped=9:uint64',
  CgroupStats:
    'cpu_stats=1:message memory_stats=2:message blkio_stats=3:message hugetlb_stats=4:map pids_stats=5:message',
  CpuStats: 'cpu_usage=1:message throttling_data=2:message system_usage=3:uint64',
  CpuUsage: 'total_usage=1:uint64 percpu_usage=2:uint64[] usage_in_kernelmode=3:uint64 usage_in_usermode=4:uint64',
  ThrottlingData: 'periods=1:uint64 throttled_periods=2:uint64 throttled_time=3:uint64',
  MemoryStats: 'cache=1:uint64 usage=2:message swap_usage=3:message kernel_usage=4:message stats=5:map64',
  MemoryData: 'usage=1:uint64 max_usage=2:uint64 failcnt=3:uint64 limit=4:uint64',
  PidsStats: 'current=1:uint64 limit=2:uint64',
  HugetlbStats: 'usage=1:uint64 max_usage=2:uint64 failcnt=3:uint64 limit=4:uint64',
  BlkioStats: [
    ...['io_service_bytes_recursive=1', 'io_serviced_recursive=2', 'io_queued_recursive=3'],
    ...['io_service_time_recursive=4', 'io_wait_time_recursive=5', 'io_merged_recursive=6'],
    ...['io_time_recursive=7', 'sectors_recursive=8'],
  ]
    .map((field) => `${field}:message[]`)
    .join(' '),
  BlkioStatsEntry: 'major=1:uint64 minor=2:uint64 op=3 value=4:uint64',
} as const satisfies Partial<Record<keyof typeof types, string>>;

/** For each type a value, and the bytes that follow the tag. */
const SAMPLES: Record<string, { value: unknown; wire: 0 | 2; bytes: number[] }> = {
  string: { value: 'x', wire: 2, bytes: [1, 0x78] },
  'string[]': { value: ['x'], wire: 2, bytes: [1, 0x78] },
  bool: { value: true, wire: 0, bytes: [1] },
  uint: { value: 2 ** 32 - 1, wire: 0, bytes: [0xff, 0xff, 0xff, 0xff, 0x0f] },
  'uint[]': { value: [5], wire: 2, bytes: [1, 5] },
  uint64: { value: 2n ** 64n - 1n, wire: 0, bytes: [...Array(9).fill(0xff), 1] },
  'uint64[]': { value: [5n], wire: 2, bytes: [1, 5] },
  message: { value: {}, wire: 2, bytes: [0] },
  'message[]': { value: [{}], wire: 2, bytes: [0] },
  map: { value: { k: {} }, wire: 2, bytes: [5, 0x0a, 1, 0x6b, 0x12, 0] },
  map64: { value: { k: 5n }, wire: 2, bytes: [5, 0x0a, 1, 0x6b, 0x10, 5] },
};

interface Codec {
  fromPartial(fields: object): object;
  encode(message: object): { finish(): Uint8Array };
}

test.each(Object.entries(MESSAGES))('%s', (name, fields) => {
  const codec = types[name as keyof typeof MESSAGES] as unknown as Codec;
  const known = fields.split(' ').map((field) => {
    const [, key = '', number, type = 'string'] = /^(\w+)=(\d+)(?::(.*))?$/.exec(field) ?? [];
    const sample = SAMPLES[type];
    const tag = (Number(number) << 3) | (sample?.wire ?? 0);
    const encoded = codec.encode(codec.fromPartial({ [key]: sample?.value })).finish();
    expect([...encoded], field).toEqual([tag, ...(sample?.bytes ?? [])]);
    return key;
  });
  expect(Object.keys(codec.fromPartial({})).sort()).toEqual(known.sort());
});

test('the service is types.API with its 11 calls, one of them a stream', () => {
  const calls = Object.values(types.APIService).map(({ path, requestStream, responseStream }) => ({
    path,
    stream: requestStream || responseStream,
  }));
  const names = ['CreateContainer', 'UpdateContainer', 'Signal', 'UpdateProcess', 'AddProcess', 'CreateCheckpoint'];
  const others = ['DeleteCheckpoint', 'ListCheckpoint', 'State', 'Events', 'Stats'];
  expect(calls).toEqual(
    [...names, ...others].map((name) => ({ path: `/types.API/${name}`, stream: name === 'Events' })),
  );
});
