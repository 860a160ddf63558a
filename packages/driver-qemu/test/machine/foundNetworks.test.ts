import { expect, test } from 'vitest';
import { tapsIn } from '../../src/machine/foundNetworks.ts';
import { numberOf } from '../../src/machine/network.ts';

test('taps are found on the hub, behind a device, and without either', () => {
  const said = [
    'hub 0',
    ' \\ hub-first: first: index=0,type=tap,fd=35',
    ' \\ idle: net-idle: index=0,type=nic,model=virtio-net-pci,macaddr=02:72:75:6e:76:00',
    'net-second: index=0,type=nic,model=virtio-net-pci,macaddr=02:72:75:6e:76:01',
    ' \\ second: index=0,type=tap,fd=36',
    'third: index=0,type=tap,fd=37',
    '',
  ];
  expect(tapsIn(said.join('\r\n'))).toEqual([
    { tap: 'first', hubPort: 'hub-first' },
    { tap: 'second', hubPort: undefined },
    { tap: 'third', hubPort: undefined },
  ]);
  expect(tapsIn('hub 0\n \\ idle: net-idle: index=0,type=nic\n')).toEqual([]);
});

test('the number of a device is in its address', () => {
  expect([numberOf('02:72:75:6e:76:00'), numberOf('02:72:75:6e:76:1f')]).toEqual([0, 31]);
  for (const wrong of ['02:72:75:6e:77:01', '02:72:75:6e:76', '', '02:72:75:6e:76:xx'])
    expect(() => numberOf(wrong)).toThrow('not the address');
});
