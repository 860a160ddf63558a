import { expect, test } from 'vitest';
import { commandLine, type Machine } from '../../src/machine/commandLine.ts';
import { pathsIn } from '../../src/machine/paths.ts';

const machine: Machine = {
  id: 'vm1',
  accelerator: 'tcg',
  firmware: '/fw/qboot.rom',
  boot: { cpus: 2, memoryMiB: 256, hotAddCpuMem: false, kernel: '/k', initrd: '/i', kernelParameters: ['loglevel=7'] },
  shares: [{ tag: 'share_dir', hostPath: '/a,b/share' }],
  channels: ['a.0', 'a.1'],
  memory: 'own',
  paths: pathsIn('/run/vm1'),
};

/** What follows each use of the option. */
function values(args: readonly string[], option: string): string[] {
  return args.flatMap((arg, index) => (arg === option ? [args[index + 1] ?? ''] : []));
}

test('a machine of a fixed size has exactly that, one that may grow has room', () => {
  const fixed = commandLine(machine);
  expect([values(fixed, '-smp'), values(fixed, '-m')]).toEqual([['2'], ['256M']]);
  const growing = commandLine({ ...machine, boot: { ...machine.boot, hotAddCpuMem: true } });
  expect(values(growing, '-smp')[0]).toMatch(/^2,maxcpus=\d+$/);
  expect(values(growing, '-m')[0]).toMatch(/^256M,slots=\d+,maxmem=\d+M$/);
});

test('each channel is a port by its name, and a comma in a path is no end of it', () => {
  const devices = values(commandLine(machine), '-device');
  expect(
    devices.filter((device) => device.startsWith('virtserialport')).map((device) => /name=(.*)/.exec(device)?.[1]),
  ).toEqual(['a.0', 'a.1']);
  expect(values(commandLine(machine), '-fsdev')[0]).toContain(
    'path=/a,,b/share,security_model=passthrough,multidevs=remap',
  );
});

test('our own monitor comes last, so that every other socket is there when it connects', () => {
  const sockets = values(commandLine(machine), '-chardev').map((chardev) => /path=([^,]*)/.exec(chardev)?.[1]);
  expect(sockets.at(-1)).toBe('/run/vm1/start.sock');
  expect(sockets).toHaveLength(5);
});

test('the caller’s kernel parameters come last and so win; KVM needs no help with its clock', () => {
  expect(values(commandLine(machine), '-append')[0]).toMatch(/^console=ttyS0 quiet .*no_timer_check.* loglevel=7$/);
  const kvm = commandLine({ ...machine, accelerator: 'kvm', firmware: undefined });
  expect(values(kvm, '-append')[0]).not.toContain('no_timer_check');
  expect(values(kvm, '-cpu')).toEqual(['host']);
  expect(values(kvm, '-bios')).toEqual([]);
});
