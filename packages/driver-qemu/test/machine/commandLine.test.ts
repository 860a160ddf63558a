import { descriptorNumber } from '@runv/jail';
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
  mapsReadOnly: false,
  paths: pathsIn('/run/vm1'),
};

const argumentsOf = (of: Machine) => commandLine(of).args;

/** What follows each use of the option. */
function values(args: readonly string[], option: string): string[] {
  return args.flatMap((arg, index) => (arg === option ? [args[index + 1] ?? ''] : []));
}

test('a machine of a fixed size has exactly that, one that may grow has room', () => {
  const fixed = argumentsOf(machine);
  expect([values(fixed, '-smp'), values(fixed, '-m')]).toEqual([['2'], ['256M']]);
  const growing = argumentsOf({ ...machine, boot: { ...machine.boot, hotAddCpuMem: true } });
  expect(values(growing, '-smp')[0]).toMatch(/^2,maxcpus=\d+$/);
  expect(values(growing, '-m')[0]).toMatch(/^256M,slots=\d+,maxmem=\d+M$/);
});

test('each channel is a port by its name, and a comma in a path is no end of it', () => {
  const devices = values(argumentsOf(machine), '-device');
  expect(
    devices.filter((device) => device.startsWith('virtserialport')).map((device) => /name=(.*)/.exec(device)?.[1]),
  ).toEqual(['a.0', 'a.1']);
  expect(values(argumentsOf(machine), '-fsdev')[0]).toContain(
    'path=/a,,b/share,security_model=passthrough,multidevs=remap',
  );
});

test('each socket is a descriptor that was opened for it, and so are a clone’s files, of which the memory is never written', () => {
  const { args, files, state } = commandLine(machine);
  const opened = (chardev: string) => files.list[Number(/fd=(\d+)/.exec(chardev)?.[1]) - descriptorNumber(0)];
  expect(values(args, '-chardev').map(opened)).toEqual([
    { kind: 'listen', path: '/run/vm1/console.sock' },
    { kind: 'listen', path: '/run/vm1/channel0.sock' },
    { kind: 'listen', path: '/run/vm1/channel1.sock' },
    { kind: 'listen', path: '/run/vm1/start.sock' },
    { kind: 'listen', path: '/run/vm1/qmp.sock' },
    { kind: 'listen', path: '/run/vm1/taps.sock' },
  ]);
  expect(state).toBeUndefined();
  const clone = commandLine({ ...machine, memory: { state: '/image/state', memory: '/image/memory' } });
  const [memory = ''] = values(clone.args, '-object');
  expect(memory).toMatch(/mem-path=\/proc\/self\/fd\/\d+,share=off$/);
  expect(opened(memory)).toBeUndefined();
  expect(clone.files.list[Number(/fd\/(\d+)/.exec(memory)?.[1]) - descriptorNumber(0)]).toEqual({
    kind: 'read',
    path: '/image/memory',
  });
  expect(clone.files.list[(state ?? clone.state ?? 0) - descriptorNumber(0)]).toEqual({
    kind: 'read',
    path: '/image/state',
  });
  const newer = commandLine({
    ...machine,
    mapsReadOnly: true,
    memory: { state: '/image/state', memory: '/image/memory' },
  });
  expect(values(newer.args, '-object')[0]).toMatch(/share=off,readonly=on,rom=off$/);
});

test('the caller’s kernel parameters come last and so win; KVM needs no help with its clock', () => {
  expect(values(argumentsOf(machine), '-append')[0]).toMatch(/^console=ttyS0 quiet .*no_timer_check.* loglevel=7$/);
  const kvm = argumentsOf({ ...machine, accelerator: 'kvm', firmware: undefined });
  expect(values(kvm, '-append')[0]).not.toContain('no_timer_check');
  expect(values(kvm, '-cpu')).toEqual(['host']);
  expect(values(kvm, '-bios')).toEqual([]);
});
