/** Formats statistics as `runc events --stats` does. */
import type { types } from '@runv/api';

/** @returns the object that JSON.stringify turns into runc's line. Numbers above 2^53 lose their last digits, as in any JSON of JavaScript. */
export function statsLine(id: string, { cgroup_stats: cgroup, network_stats }: types.StatsResponse): object {
  const { cpu_stats: cpu, memory_stats: memory, pids_stats: pids, blkio_stats: blkio } = cgroup ?? {};
  const usage = cpu?.cpu_usage;
  return {
    type: 'stats',
    id,
    data: {
      cpu: {
        usage: {
          total: number(usage?.total_usage),
          kernel: number(usage?.usage_in_kernelmode),
          user: number(usage?.usage_in_usermode),
        },
        throttling: {
          periods: number(cpu?.throttling_data?.periods),
          throttledPeriods: number(cpu?.throttling_data?.throttled_periods),
          throttledTime: number(cpu?.throttling_data?.throttled_time),
        },
      },
      memory: {
        cache: number(memory?.cache),
        usage: memoryOf(memory?.usage),
        swap: memoryOf(memory?.swap_usage),
        kernel: memoryOf(memory?.kernel_usage),
        raw: Object.fromEntries(Object.entries(memory?.stats ?? {}).map(([name, value]) => [name, number(value)])),
      },
      pids: { current: number(pids?.current), limit: number(pids?.limit) },
      blkio: {
        ioServiceBytesRecursive: blkio?.io_service_bytes_recursive.map(entryOf),
        ioServicedRecursive: blkio?.io_serviced_recursive.map(entryOf),
      },
      hugetlb: {},
      network_interfaces: network_stats.map(interfaceOf),
    },
  };
}

function number(value = 0n): number {
  return Number(value);
}

function memoryOf(data: types.MemoryData | undefined) {
  return {
    limit: number(data?.limit),
    usage: number(data?.usage),
    max: number(data?.max_usage),
    failcnt: number(data?.failcnt),
  };
}

function entryOf({ op, major, minor, value }: types.BlkioStatsEntry) {
  return { major: number(major), minor: number(minor), op, value: number(value) };
}

function interfaceOf(stats: types.NetworkStats) {
  return {
    Name: stats.name,
    RxBytes: number(stats.rx_bytes),
    RxPackets: number(stats.rx_Packets),
    RxErrors: number(stats.Rx_errors),
    RxDropped: number(stats.Rx_dropped),
    TxBytes: number(stats.Tx_bytes),
    TxPackets: number(stats.Tx_packets),
    TxErrors: number(stats.Tx_errors),
    TxDropped: number(stats.Tx_dropped),
  };
}
