/** What a container uses, parsed from the text of files of the guest's kernel. */
import * as z from 'zod/mini';
import { parseJson } from './control/parseJson.ts';
import { broken } from './errors.ts';
import { guestName, guestText } from './guestText.ts';

/** Times in ns, sizes in bytes. Absent: the guest's kernel does not count it, or there is no limit. */
export interface ContainerStats {
  readonly cpu: {
    readonly usage: number;
    readonly user: number;
    readonly system: number;
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttled: number;
  };
  readonly memory: {
    readonly usage?: number | undefined;
    readonly peak?: number | undefined;
    readonly limit?: number | undefined;
    readonly swap?: number | undefined;
    readonly swapLimit?: number | undefined;
    /** memory.stat: `anon`, `file`, and so on. */
    readonly stat: Readonly<Record<string, number>>;
    /** memory.events: how often `max` was reached, `oom_kill`, and so on. */
    readonly events: Readonly<Record<string, number>>;
  };
  readonly pids: {
    readonly current?: number | undefined;
    readonly limit?: number | undefined;
    /** As PID 1 of the VM sees them. */
    readonly members: readonly number[];
  };
  readonly io: readonly DeviceStats[];
  /** Of the whole pod: its containers share them. */
  readonly network: readonly InterfaceStats[];
}

interface DeviceStats {
  readonly major: number;
  readonly minor: number;
  /** `rbytes`, `wbytes`, `rios`, `wios`, and so on. */
  readonly counts: Readonly<Record<string, number>>;
}

interface InterfaceStats {
  readonly name: string;
  readonly received: TrafficStats;
  readonly sent: TrafficStats;
}

interface TrafficStats {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

const Metrics = z.object({ cgroup: z.record(z.string(), z.string()), network: z.string() });
const US = 1000;
/** What a signed number of 64 bits can hold, in the smallest of our units. */
const MOST = 2 ** 63 / US;
/** How much of a wrong number an error shows, in characters. */
const SHOWN = 40;

/** @throws GuestError `PROTOCOL` */
export function parseStats(payload: Buffer): ContainerStats {
  const metrics = Metrics.safeParse(parseJson(payload)).data;
  if (!metrics) throw broken('it sent malformed metrics of a container');
  const { cgroup, network } = metrics;
  const cpu = counts(cgroup['cpu.stat']);
  return {
    cpu: {
      usage: (cpu.usage_usec ?? 0) * US,
      user: (cpu.user_usec ?? 0) * US,
      system: (cpu.system_usec ?? 0) * US,
      periods: cpu.nr_periods ?? 0,
      throttledPeriods: cpu.nr_throttled ?? 0,
      throttled: (cpu.throttled_usec ?? 0) * US,
    },
    memory: {
      usage: numberIn(cgroup['memory.current']),
      peak: numberIn(cgroup['memory.peak']),
      limit: numberIn(cgroup['memory.max']),
      swap: numberIn(cgroup['memory.swap.current']),
      swapLimit: numberIn(cgroup['memory.swap.max']),
      stat: counts(cgroup['memory.stat']),
      events: counts(cgroup['memory.events']),
    },
    pids: {
      current: numberIn(cgroup['pids.current']),
      limit: numberIn(cgroup['pids.max']),
      members: lines(cgroup['cgroup.procs']).map(counted),
    },
    io: lines(cgroup['io.stat']).flatMap(device),
    network: lines(network).flatMap(interfaceOf),
  };
}

function lines(text = ''): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Lines of a name and a number. */
function counts(text?: string): Record<string, number> {
  return Object.fromEntries(
    lines(text)
      .map((line) => line.split(' '))
      .map(([name, count]) => [name, counted(count)]),
  );
}

/** Undefined for `max`, which means no limit. */
function numberIn(text?: string): number | undefined {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' || trimmed === 'max' ? undefined : counted(trimmed);
}

/** A number that a client can be sent. @throws GuestError `PROTOCOL` for anything else */
function counted(text = ''): number {
  const number = Number(text);
  if (text !== '' && number >= 0 && number < MOST) return Math.floor(number);
  throw broken(`it sent ${guestName(text, SHOWN)} for a number`);
}

/** `253:0 rbytes=4096 wbytes=0 …` */
function device(line: string): DeviceStats[] {
  const [numbers = '', ...fields] = line.trim().split(' ');
  const [major, minor] = numbers.split(':').map(Number);
  if (major === undefined || minor === undefined) return [];
  const pairs = fields.map((field) => field.split('='));
  return [{ major, minor, counts: Object.fromEntries(pairs.map(([name, count]) => [name, counted(count)])) }];
}

/** A line of /proc/net/dev: eight counters of received traffic, then eight of sent traffic. */
function interfaceOf(line: string): InterfaceStats[] {
  const [, name, rest] = /^\s*([^\s|]+):\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || rest === undefined) return [];
  const all = rest.trim().split(/\s+/).map(counted);
  return [{ name: guestText(name), received: traffic(all.slice(0, 8)), sent: traffic(all.slice(8)) }];
}

function traffic([bytes = 0, packets = 0, errors = 0, dropped = 0]: readonly number[]): TrafficStats {
  return { bytes, packets, errors, dropped };
}
