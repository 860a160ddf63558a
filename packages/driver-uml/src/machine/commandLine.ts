/** The command line of a User-mode Linux, and the descriptors that it finds open. */
import { HypervisorError, type VmOptions } from '@runv/hypervisor';
import { descriptorNumber, type JailDescriptor } from '@runv/jail';
import { room } from './limits.ts';
import type { Paths } from './paths.ts';

export interface CommandLine {
  readonly args: readonly string[];
  readonly descriptors: readonly JailDescriptor[];
}

/**
 * `lpj`: nothing waits for a device by counting, so that how far a CPU counts in a tick need not be measured.
 * `rcu_expedited`: with two CPUs the boot has some grace periods to wait for, each of several ticks otherwise.
 * `seccomp=on`: by ptrace, which is the other way, each system call of the guest takes five times as long.
 */
const PARAMETERS = [
  'seccomp=on',
  'quiet',
  'panic=-1',
  'lpj=4000000',
  'rcupdate.rcu_expedited=1',
  'con=null',
  'dummy.numdummies=0',
  'ifb.numifbs=0',
];

export function commandLine({ boot, shares, channels }: VmOptions, paths: Paths): CommandLine {
  const descriptors: JailDescriptor[] = [];
  const open = (kind: JailDescriptor['kind'], path: string): number =>
    descriptorNumber(descriptors.push({ kind, path }) - 1);
  const console = open('fifo', paths.console);
  const monitors = [paths.monitor, paths.taps].map((path) => open('listen', path));
  const ports = channels.map((name, index) => `${name}:${open('listen', paths.channel(index))}`);
  const most = room(boot);
  const onDemand = Math.min(boot.mostMemoryMiB ?? 0, most.memoryMiB);
  return {
    args: [
      `mem=${boot.memoryMiB}M`,
      `room=${most.memoryMiB}M`,
      `ncpus=${boot.cpus}`,
      `cpuroom=${most.cpus}`,
      ...(onDemand > boot.memoryMiB ? [`memory_on_demand=${onDemand}`] : []),
      `initrd=${boot.initrd}`,
      ...PARAMETERS,
      `con0=null,fd:${console}`,
      `hostmon=${monitors.join(',')}`,
      ...(ports.length > 0 ? [`hostport=${ports.join(',')}`] : []),
      // PID 1 gets what the kernel does not know as its environment.
      ...shares.map(({ tag, hostPath }) => quoted(`HOSTFS_${tag}`, hostPath)),
      ...(boot.kernelParameters ?? []),
    ],
    descriptors,
  };
}

/** The kernel's parser has quotes for spaces, and nothing for a quote. */
function quoted(name: string, value: string): string {
  if (/["\n]/.test(value))
    throw new HypervisorError(
      'UNSUPPORTED',
      `the path ${JSON.stringify(value)} has a quote or a line's end in it: share another`,
    );
  return `${name}="${value}"`;
}
