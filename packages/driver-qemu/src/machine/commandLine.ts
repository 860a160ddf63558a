/** The command line of QEMU for one VM. The README says what its parts cost. */
import { availableParallelism, totalmem } from 'node:os';
import type { BootConfig, SharedDir } from '@runv/hypervisor';
import type { Paths } from './paths.ts';

export interface Machine {
  readonly id: string;
  readonly accelerator: string;
  /** Absolute path; QEMU's default where there is none. */
  readonly firmware: string | undefined;
  readonly boot: BootConfig;
  readonly shares: readonly SharedDir[];
  readonly channels: readonly string[];
  readonly paths: Paths;
}

export function commandLine(machine: Machine): string[] {
  return [
    ...['-name', optionValue(`runv-${machine.id}`)],
    ...['-pidfile', machine.paths.pid],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-S'],
    // QEMU needs none of these once it runs, and a guest that breaks out of it would.
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...processor(machine.accelerator),
    ...size(machine.boot),
    ...(machine.firmware === undefined ? [] : ['-bios', machine.firmware]),
    ...kernel(machine.boot, machine.accelerator),
    ...consolePort(machine.paths),
    ...channelPorts(machine),
    ...machine.shares.flatMap(share),
    // Last: QEMU opens these in the order given, so that when it connects to us every other socket is there.
    ...monitors(machine.paths),
  ];
}

function processor(accelerator: string): string[] {
  const machine = ['-machine', 'pc,vmport=off,usb=off,hpet=off,smm=off'];
  if (accelerator === 'kvm') return [...machine, '-accel', 'kvm', '-cpu', 'host'];
  return [...machine, '-accel', 'tcg,thread=multi', '-cpu', 'max'];
}

function size({ cpus, memoryMiB, hotAddCpuMem }: BootConfig): string[] {
  if (!hotAddCpuMem) return ['-smp', `${cpus}`, '-m', `${memoryMiB}M`];
  const { maxCpus, maxMemoryMiB, slots } = limits({ cpus, memoryMiB });
  return ['-smp', `${cpus},maxcpus=${maxCpus}`, '-m', `${memoryMiB}M,slots=${slots},maxmem=${maxMemoryMiB}M`];
}

/** How far a VM that began at this size may grow: to what the host has. */
function limits({ cpus, memoryMiB }: { cpus: number; memoryMiB: number }): {
  maxCpus: number;
  maxMemoryMiB: number;
  slots: number;
} {
  const hostMiB = Math.floor(totalmem() / 2 ** 20 / 128) * 128;
  return {
    maxCpus: Math.max(cpus, availableParallelism()),
    maxMemoryMiB: Math.max(memoryMiB + 128, hostMiB),
    slots: 16,
  };
}

/** Measured one by one; the README has the table. */
const PARAMETERS = ['console=ttyS0', 'quiet', 'panic=-1', 'cryptomgr.notests', 'noreplace-smp'];
/**
 * An emulated timer that a busy host keeps waiting is taken for a broken one: a panic at boot, or a clock that is read by
 * a slow device for ever after. KVM's guests know better by themselves.
 */
const EMULATED_CLOCK = ['no_timer_check', 'tsc=reliable'];

function kernel({ kernel, initrd, kernelParameters = [] }: BootConfig, accelerator: string): string[] {
  const parameters = [...PARAMETERS, ...(accelerator === 'kvm' ? [] : EMULATED_CLOCK), ...kernelParameters];
  return ['-kernel', kernel, '-initrd', initrd, '-append', parameters.join(' ')];
}

/** One for a daemon that comes later, and one that QEMU itself connects to us, so that nobody waits for a socket to appear. */
function monitors(paths: Paths): string[] {
  const [later, ours] = [optionValue(paths.qmp), optionValue(paths.start)];
  return [
    ...['-chardev', `socket,id=qmp1,path=${later},server=on,wait=off`, '-mon', 'chardev=qmp1,mode=control'],
    ...['-chardev', `socket,id=qmp0,path=${ours}`, '-mon', 'chardev=qmp0,mode=control'],
  ];
}

function consolePort(paths: Paths): string[] {
  return [
    '-chardev',
    `socket,id=con0,path=${optionValue(paths.console)},server=on,wait=off`,
    '-serial',
    'chardev:con0',
  ];
}

function channelPorts({ channels, paths }: Machine): string[] {
  const ports = channels.flatMap((name, index) => [
    ...['-chardev', `socket,id=ch${index},path=${optionValue(paths.channel(index))},server=on,wait=off`],
    ...['-device', `virtserialport,bus=serial0.0,nr=${index + 1},chardev=ch${index},name=${optionValue(name)}`],
  ]);
  return ['-device', `virtio-serial-pci,id=serial0,max_ports=${channels.length + 1}`, ...ports];
}

function share({ tag, hostPath }: SharedDir, index: number): string[] {
  return [
    ...['-fsdev', `local,id=fs${index},path=${optionValue(hostPath)},security_model=passthrough,multidevs=remap`],
    ...['-device', `virtio-9p-pci,fsdev=fs${index},mount_tag=${optionValue(tag)}`],
  ];
}

/** A comma ends an option's value, two stand for one. */
function optionValue(value: string): string {
  return value.replaceAll(',', ',,');
}
