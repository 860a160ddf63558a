/** Stats: what a container uses, in the words of types.API, which are those of cgroups version 1. */
import type { types } from '@runv/api';
import type { ContainerStats } from '@runv/supervisor';
import type { CallContext } from '../unary.ts';

/** What version 1 says for no limit: the largest number of pages that it can count, in bytes. */
const NO_LIMIT = 2n ** 63n - 4096n;

export async function stats({ supervisor }: CallContext, { id }: types.StatsRequest): Promise<types.StatsResponse> {
  const metrics = await supervisor.stats(id);
  return {
    network_stats: metrics.network.map(toNetwork),
    cgroup_stats: {
      cpu_stats: toCpu(metrics.cpu),
      memory_stats: toMemory(metrics.memory),
      blkio_stats: toBlkio(metrics.io),
      hugetlb_stats: {},
      pids_stats: { current: whole(metrics.pids.current), limit: whole(metrics.pids.limit) },
    },
    timestamp: BigInt(Math.floor(Date.now() / 1000)),
  };
}

function whole(value = 0): bigint {
  return BigInt(value);
}

function toNetwork({ name, received, sent }: ContainerStats['network'][number]): types.NetworkStats {
  return {
    name,
    rx_bytes: whole(received.bytes),
    rx_Packets: whole(received.packets),
    Rx_errors: whole(received.errors),
    Rx_dropped: whole(received.dropped),
    Tx_bytes: whole(sent.bytes),
    Tx_packets: whole(sent.packets),
    Tx_errors: whole(sent.errors),
    Tx_dropped: whole(sent.dropped),
  };
}

function toCpu(cpu: ContainerStats['cpu']): types.CpuStats {
  return {
    cpu_usage: {
      total_usage: whole(cpu.usage),
      percpu_usage: [],
      usage_in_kernelmode: whole(cpu.system),
      usage_in_usermode: whole(cpu.user),
    },
    throttling_data: {
      periods: whole(cpu.periods),
      throttled_periods: whole(cpu.throttledPeriods),
      throttled_time: whole(cpu.throttled),
    },
    system_usage: 0n,
  };
}

function toMemory({ usage, peak, limit, swap, swapLimit, stat, events }: ContainerStats['memory']): types.MemoryStats {
  const data = { usage: whole(usage), max_usage: whole(peak), failcnt: whole(events.max), limit: limitOf(limit) };
  // Version 1 counts memory in.
  const both = { usage: whole((usage ?? 0) + (swap ?? 0)), max_usage: 0n, failcnt: 0n };
  return {
    cache: whole(stat.file),
    usage: data,
    swap_usage: { ...both, limit: limit === undefined ? NO_LIMIT : limitOf(limit + (swapLimit ?? 0)) },
    kernel_usage: { usage: whole(stat.kernel), max_usage: 0n, failcnt: 0n, limit: NO_LIMIT },
    stats: Object.fromEntries(Object.entries(stat).map(([name, count]) => [name, whole(count)])),
  };
}

function limitOf(limit?: number): bigint {
  return limit === undefined ? NO_LIMIT : BigInt(limit);
}

function toBlkio(devices: ContainerStats['io']): types.BlkioStats {
  const entries = (read: string, write: string) =>
    devices.flatMap(({ major, minor, counts }) =>
      [
        { op: 'Read', value: counts[read] },
        { op: 'Write', value: counts[write] },
      ].map(({ op, value }) => ({ major: BigInt(major), minor: BigInt(minor), op, value: whole(value) })),
    );
  return {
    io_service_bytes_recursive: entries('rbytes', 'wbytes'),
    io_serviced_recursive: entries('rios', 'wios'),
    io_queued_recursive: [],
    io_service_time_recursive: [],
    io_wait_time_recursive: [],
    io_merged_recursive: [],
    io_time_recursive: [],
    sectors_recursive: [],
  };
}
