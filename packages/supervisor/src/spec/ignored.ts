/** The fields of a bundle that have no meaning in a VM, or are not supported yet. They are ignored with a warning (docs/oci.md). */
import type { Resources, Spec } from '@runv/oci';

const LABELS = "the host's AppArmor and SELinux have no meaning in a VM";
const HARDWARE = 'the VM does not have that hardware of the host';
const VERSION_1 = 'version 2 of cgroups has nothing like it';
const CONTEXT = /^(?:def|fs|root)?context=/;

/** @returns each field with the reason */
export function ignoredFields({ process, linux = {}, mounts = [] }: Spec): Readonly<Record<string, string>> {
  const { memory = {}, cpu = {}, blockIO = {}, network, rdma } = linux.resources ?? {};
  const fields: [string, unknown, string][] = [
    ['process.apparmorProfile', process.apparmorProfile, LABELS],
    ['process.selinuxLabel', process.selinuxLabel, LABELS],
    ['linux.mountLabel', linux.mountLabel, LABELS],
    ['mounts[].options: context', mounts.some(({ options = [] }) => options.some(isContext)), LABELS],
    ['linux.intelRdt', linux.intelRdt, HARDWARE],
    ['linux.resources.rdma', rdma, HARDWARE],
    ['linux.resources.network', network, VERSION_1],
    ['linux.timeOffsets', notEmpty(linux.timeOffsets), 'a pod has the clocks of its VM'],
    ...blockFields(blockIO),
    ...oldFields('memory', memory, ['kernel', 'kernelTCP', 'swappiness', 'disableOOMKiller']),
    ...oldFields('cpu', cpu, ['realtimeRuntime', 'realtimePeriod']),
  ];
  return Object.fromEntries(fields.filter(([, asked]) => asked).map(([field, , reason]) => [field, reason]));
}

/** Whether this is one of SELinux's mount options. */
export function isContext(option: string): boolean {
  return CONTEXT.test(option);
}

function notEmpty(value: object = {}): boolean {
  return Object.keys(value).length > 0;
}

/** A device's numbers on the host have no meaning in the VM. */
function blockFields(blockIO: NonNullable<Resources['blockIO']>): [string, unknown, string][] {
  const names = [
    'leafWeight',
    'weightDevice',
    'throttleReadBpsDevice',
    'throttleWriteBpsDevice',
    'throttleReadIOPSDevice',
    'throttleWriteIOPSDevice',
  ] as const;
  return names.map((name) => [
    `linux.resources.blockIO.${name}`,
    notEmpty(Object(blockIO[name])) || Number(blockIO[name]) > 0,
    name === 'leafWeight' ? VERSION_1 : HARDWARE,
  ]);
}

function oldFields<Part extends object>(
  part: string,
  values: Part,
  names: readonly (keyof Part & string)[],
): [string, unknown, string][] {
  return names.map((name) => [`linux.resources.${part}.${name}`, values[name], VERSION_1]);
}
