import { availableParallelism, totalmem } from 'node:os';
import type { VmOptions } from '@runv/hypervisor';
import { expect, test } from 'vitest';
import { commandLine } from '../../src/machine/commandLine.ts';
import { pathsIn } from '../../src/machine/paths.ts';

const boot = { cpus: 2, memoryMiB: 256, hotAddCpuMem: true, kernel: '/k/linux', initrd: '/k/initrd' };
const options: VmOptions = { id: 'vm1', dir: '/vm', boot, shares: [], channels: [] };

test('each socket listens, and the kernel is told its descriptor', () => {
  const { args, descriptors } = commandLine({ ...options, channels: ['a.0', 'b.1'] }, pathsIn('/vm'));
  expect(descriptors).toEqual([
    { kind: 'fifo', path: '/vm/console.fifo' },
    { kind: 'listen', path: '/vm/monitor.sock' },
    { kind: 'listen', path: '/vm/taps.sock' },
    { kind: 'listen', path: '/vm/channel0.sock' },
    { kind: 'listen', path: '/vm/channel1.sock' },
  ]);
  for (const word of ['con0=null,fd:4', 'hostmon=5,6', 'hostport=a.0:7,b.1:8', 'mem=256M', 'ncpus=2'])
    expect(args).toContain(word);
});

test('a machine that may grow has room for what the host has, and one that may not for what it begins with', () => {
  const roomOf = (hotAddCpuMem: boolean) => {
    const { args } = commandLine({ ...options, boot: { ...boot, cpus: 1, hotAddCpuMem } }, pathsIn('/vm'));
    return args.filter((word) => /^(cpu)?room=/.test(word));
  };
  expect(roomOf(false)).toEqual(['room=256M', 'cpuroom=1']);
  const memoryMiB = Math.floor(totalmem() / 2 ** 20 / 4) * 4;
  expect(roomOf(true)).toEqual([`room=${memoryMiB}M`, `cpuroom=${availableParallelism()}`]);
});

test('a machine without channels has no ports', () => {
  expect(commandLine(options, pathsIn('/vm')).args.join(' ')).not.toContain('hostport');
});

test('a shared directory is quoted for the kernel, and refused where it has a quote itself', () => {
  const share = (hostPath: string) =>
    commandLine({ ...options, shares: [{ tag: 't', hostPath }] }, pathsIn('/vm')).args;
  expect(share('/a b/c,d=e')).toContain('HOSTFS_t="/a b/c,d=e"');
  for (const path of ['/a"b', '/a\nb']) expect(() => share(path)).toThrow(JSON.stringify(path));
});

test("the caller's parameters come last", () => {
  const { args } = commandLine({ ...options, boot: { ...boot, kernelParameters: ['loglevel=7'] } }, pathsIn('/vm'));
  expect(args.at(-1)).toBe('loglevel=7');
});
