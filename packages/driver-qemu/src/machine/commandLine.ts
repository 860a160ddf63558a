/** The command line of QEMU for one VM. The README says what its parts cost. */
import type { BootConfig, SharedDir } from '@runv/hypervisor';
import { room } from './limits.ts';
import { IDLE_HUB, IDLE_MAC } from './network.ts';
import { OpenFiles } from './openFiles.ts';
import { imageIn, type Paths } from './paths.ts';

export interface Machine {
  readonly id: string;
  readonly accelerator: string;
  /** Absolute path; QEMU's default where there is none. */
  readonly firmware: string | undefined;
  readonly boot: BootConfig;
  readonly shares: readonly SharedDir[];
  readonly channels: readonly string[];
  readonly paths: Paths;
  /** Where its memory is: its own, a file that is to become an image, or that of an image. */
  readonly memory: 'own' | { readonly saveTo: string } | ImageFiles;
  /** QEMU can map a file privately that it may not write to. */
  readonly mapsReadOnly: boolean;
}

/** The paths of an image's files. */
interface ImageFiles {
  readonly state: string;
  readonly memory: string;
}

export interface CommandLine {
  readonly args: readonly string[];
  readonly files: OpenFiles;
  /** The number of the descriptor from which a clone loads its state. */
  readonly state: number | undefined;
}

export function commandLine(machine: Machine): CommandLine {
  const files = new OpenFiles();
  const args = argumentsOf(machine, files);
  const { memory } = machine;
  const state = isImage(memory) ? files.number('read', memory.state) : undefined;
  return { args, files, state };
}

function argumentsOf(machine: Machine, files: OpenFiles): string[] {
  return [
    ...['-name', optionValue(`runv-${machine.id}`)],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    // QEMU needs none of these once it runs, and a guest that breaks out of it would.
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...processor(machine),
    ...size(machine.boot),
    ...memory(machine, files),
    ...(machine.firmware === undefined ? [] : ['-bios', machine.firmware]),
    ...(isImage(machine.memory) ? INCOMING : kernel(machine.boot, machine.accelerator)),
    ...consolePort(machine.paths, files),
    ...channelPorts(machine, files),
    ...machine.shares.flatMap(share),
    ...IDLE_NETWORK,
    ...monitors(machine.paths, files),
  ];
}

function processor({ accelerator, memory }: Machine): string[] {
  const machine = [
    '-machine',
    `pc,vmport=off,usb=off,hpet=off,smm=off,dump-guest-core=off${memory === 'own' ? '' : ',memory-backend=ram0'}`,
  ];
  if (accelerator === 'kvm') return [...machine, '-accel', 'kvm', '-cpu', 'host'];
  return [...machine, '-accel', TCG, '-cpu', EMULATED_CPU];
}

/** 64 MiB of translated code: as quick as QEMU's 1 GiB, which a VM that starts many programs fills, and no limit of its container's counts. */
const TCG = 'tcg,thread=multi,tb-size=64';

/** TCG carries out `rep movsb` byte by byte, and a guest that is not told that it is fast copies by words. */
export const EMULATED_CPU = 'max,-erms';

function size({ cpus, memoryMiB, hotAddCpuMem }: BootConfig): string[] {
  if (!hotAddCpuMem) return ['-smp', `${cpus}`, '-m', `${memoryMiB}M`];
  const { cpus: maxCpus, memoryMiB: maxMemoryMiB, slots } = room({ cpus, memoryMiB });
  return ['-smp', `${cpus},maxcpus=${maxCpus}`, '-m', `${memoryMiB}M,slots=${slots},maxmem=${maxMemoryMiB}M`];
}

/** Shared, what the guest writes is in the file; private, the file stays as it is, and unwritten pages are the page cache's. */
function memory({ memory, boot, mapsReadOnly }: Machine, files: OpenFiles): string[] {
  if (memory === 'own') return [];
  const [path, share] = isImage(memory)
    ? [`/proc/self/fd/${files.number('read', memory.memory)}`, mapsReadOnly ? 'off,readonly=on,rom=off' : 'off']
    : [optionValue(imageIn(memory.saveTo).memory), 'on'];
  return ['-object', `memory-backend-file,id=ram0,size=${boot.memoryMiB}M,mem-path=${path},share=${share}`];
}

/** It is a clone's. */
function isImage(memory: Machine['memory']): memory is ImageFiles {
  return memory !== 'own' && 'state' in memory;
}

/** A clone needs no kernel: it is in the memory. The state comes when the monitor says so, and then it runs. */
const INCOMING = ['-incoming', 'defer'];

/** Measured one by one; the README has the table. The last two: a kernel that has such links built in makes some, and a pod has its own interfaces only. */
const PARAMETERS = [
  ...['console=ttyS0', 'quiet', 'panic=-1', 'cryptomgr.notests', 'noreplace-smp'],
  ...['dummy.numdummies=0', 'ifb.numifbs=0'],
];
/**
 * `lpj`: how far a CPU counts in a tick need not be measured for each one that comes up, which takes a fifth of a second;
 * too high a value only lengthens waits for devices that never make anybody wait. The others: an emulated timer that a busy host keeps waiting is taken for a broken one: a panic at boot, or a clock that is read by
 * a slow device for ever after. KVM's guests know better by themselves.
 */
const EMULATED_CLOCK = ['no_timer_check', 'tsc=reliable', 'lpj=10000000'];

/**
 * The machine's interrupts as the firmware's own table has them, and not as ACPI computes them for each PCI device: an emulated
 * CPU takes 85 ms for that, and virtio's devices have no use for it. KVM's own interrupt controllers would lose ACPI's second
 * event while the first is being handled, which QEMU's does not.
 */
const EMULATED_ROUTING = 'acpi=noirq';

function kernel({ kernel, initrd, kernelParameters = [] }: BootConfig, accelerator: string): string[] {
  const emulated = accelerator === 'kvm' ? [] : [...EMULATED_CLOCK, EMULATED_ROUTING];
  const parameters = [...PARAMETERS, ...emulated, ...kernelParameters];
  return ['-S', '-kernel', kernel, '-initrd', initrd, '-append', parameters.join(' ')];
}

/** One for the daemon that starts it, one for a daemon that comes later, and one for taps to be handed over. */
function monitors(paths: Paths, files: OpenFiles): string[] {
  const monitor = (id: string, chardev: string) => ['-chardev', chardev, '-mon', `chardev=${id},mode=control`];
  return [
    ...monitor(CHARDEV.start, listening(CHARDEV.start, paths.start, files)),
    ...monitor(CHARDEV.next, listening(CHARDEV.next, paths.qmp, files)),
    ...monitor(CHARDEV.taps, listening(CHARDEV.taps, paths.taps, files)),
  ];
}

function consolePort(paths: Paths, files: OpenFiles): string[] {
  return ['-chardev', listening(CHARDEV.console, paths.console, files), '-serial', `chardev:${CHARDEV.console}`];
}

function channelPorts({ channels, paths }: Machine, files: OpenFiles): string[] {
  const ports = channels.flatMap((name, index) => [
    ...['-chardev', listening(channelChardev(index), paths.channel(index), files)],
    ...[
      '-device',
      `virtserialport,id=${portId(index)},bus=serial0.0,nr=${index + 1},chardev=${channelChardev(index)},name=${optionValue(name)}`,
    ],
  ]);
  return ['-device', `virtio-serial-pci,id=serial0,max_ports=${channels.length + 1}`, ...ports];
}

/** A socket that listens already: QEMU may make none itself. */
function listening(id: string, path: string, files: OpenFiles): string {
  return `socket,id=${id},fd=${files.number('listen', path)},server=on,wait=off`;
}

function share({ tag, hostPath }: SharedDir, index: number): string[] {
  return [
    ...['-fsdev', `local,id=fs${index},path=${optionValue(hostPath)},security_model=passthrough,multidevs=remap`],
    ...['-device', `virtio-9p-pci,fsdev=fs${index},mount_tag=${optionValue(tag)}`],
  ];
}

/** A network device on a hub that leads nowhere, until `attachNetwork` puts a tap on that hub. A clone need not announce itself there. */
const IDLE_NETWORK = [
  ...['-netdev', `hubport,id=idle,hubid=${IDLE_HUB}`],
  ...['-device', `virtio-net-pci,id=net-idle,netdev=idle,mac=${IDLE_MAC},romfile=,guest_announce=off`],
];

/** A comma ends an option's value, two stand for one. */
function optionValue(value: string): string {
  return value.replaceAll(',', ',,');
}

/** QEMU's names for its sockets: the monitors of whoever started it, of the next daemon and of taps, and the console. */
export const CHARDEV = { start: 'qmp0', next: 'qmp1', taps: 'qmp2', console: 'con0' } as const;

/** The same of a channel. */
export function channelChardev(index: number): string {
  return `ch${index}`;
}

/** The name that QEMU's events have for the port of a channel. */
export function portId(index: number): string {
  return `port${index}`;
}
