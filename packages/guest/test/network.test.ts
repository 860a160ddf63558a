// The network commands on this host, in a namespace of the guest's own: veth interfaces stand for its devices.
import { execa } from 'execa';
import { beforeAll, expect, it } from 'vitest';
import { code } from './support/frames.ts';
import { buildHostProgram, TestGuest } from './support/testGuest.ts';

beforeAll(buildHostProgram, 300_000);

const DEVICE = '02:00:00:00:00:aa';
const MAC = '02:42:0a:00:00:02';
const eth0 = {
  device: DEVICE,
  mac: MAC,
  name: 'eth0',
  mtu: 1400,
  addresses: [
    { address: '10.0.0.2', prefix: 24, broadcast: '10.0.0.255', scope: 'global' },
    { address: '10.7.7.7', prefix: 32, peer: '10.7.7.1', scope: 'global' },
    { address: 'fd00::2', prefix: 64, scope: 'global' },
    { address: 'fe80::2', prefix: 64, scope: 'link' },
  ],
};
const routes = [
  { family: 4, destination: '10.0.0.0/24', device: 'eth0', source: '10.0.0.2', scope: 'link' },
  { family: 6, destination: 'fd00::/64', device: 'eth0', metric: 256 },
  { family: 4, destination: 'default', gateway: '10.0.0.1', device: 'eth0' },
  { family: 6, destination: 'default', gateway: 'fd00::1', device: 'eth0', metric: 1024 },
  { family: 4, destination: '192.0.2.1', gateway: '203.0.113.1', device: 'eth0', onlink: true },
  { family: 4, type: 'unreachable', destination: '198.18.0.0/15' },
];

async function inside(guest: TestGuest, ...command: string[]): Promise<string> {
  const { stdout } = await execa('nsenter', [`--net=/proc/${guest.pid}/ns/net`, ...command]);
  return stdout;
}

async function addDevice(guest: TestGuest, name: string, mac = DEVICE): Promise<void> {
  const [first = '', ...rest] = `ip link add ${name} address ${mac} type veth peer name ${name}peer`.split(' ');
  await inside(guest, first, ...rest);
  await inside(guest, 'ip', 'link', 'set', `${name}peer`, 'up');
}

async function link(guest: TestGuest, name: string) {
  const [found] = JSON.parse(await inside(guest, 'ip', '-json', 'address', 'show', 'dev', name));
  const addresses = found.addr_info.map(
    ({ local, prefixlen, address, tentative }: Record<string, unknown>) =>
      `${local}/${prefixlen}${address === undefined ? '' : ` peer ${address}`}${tentative === true ? ' tentative' : ''}`,
  );
  return { mac: found.address, mtu: found.mtu, up: found.flags.includes('UP'), addresses: addresses.sort() };
}

it('makes an interface exactly what it is told, again and otherwise', async () => {
  await using guest = await TestGuest.start();
  await addDevice(guest, 'veth9');
  expect(await guest.call(code.SETUPINTERFACE, eth0)).toMatchObject({ ok: true });
  const expected = ['10.0.0.2/24', '10.7.7.7/32 peer 10.7.7.1', 'fd00::2/64', 'fe80::2/64'];
  expect(await link(guest, 'eth0')).toEqual({ mac: MAC, mtu: 1400, up: true, addresses: expected });
  // A veth has no address of its own under the one that was set.
  const again = { ...eth0, device: MAC };
  expect(await guest.call(code.SETUPINTERFACE, again)).toMatchObject({ ok: true });
  expect((await link(guest, 'eth0')).addresses).toEqual(expected);
  const other = {
    ...again,
    name: 'net1',
    mac: '02:42:0a:00:00:03',
    mtu: 1500,
    addresses: [{ address: '10.0.0.9', prefix: 8 }],
  };
  expect(await guest.call(code.SETUPINTERFACE, other)).toMatchObject({ ok: true });
  expect(await link(guest, 'net1')).toEqual({ mac: other.mac, mtu: 1500, up: true, addresses: ['10.0.0.9/8'] });
  expect(await guest.call(code.DELETEINTERFACE, { device: other.mac })).toMatchObject({ ok: true });
  expect(await link(guest, 'net1')).toMatchObject({ up: false, addresses: [] });
  expect(await guest.call(code.DELETEINTERFACE, { device: '02:00:00:00:00:99' })).toMatchObject({ ok: true });
  await guest.stop();
});

it('makes the routes exactly those that it is told', async () => {
  await using guest = await TestGuest.start();
  await addDevice(guest, 'veth9');
  await guest.call(code.SETUPINTERFACE, eth0);
  expect(await guest.call(code.SETUPROUTE, { routes })).toMatchObject({ ok: true });
  const expected = [
    '10.0.0.0/24 dev eth0 proto boot scope link src 10.0.0.2',
    '192.0.2.1 via 203.0.113.1 dev eth0 proto boot onlink',
    'default via 10.0.0.1 dev eth0 proto boot',
    'unreachable 198.18.0.0/15 proto boot',
  ];
  const seen = async (family: string) =>
    (await inside(guest, 'ip', '-details', family, 'route'))
      .split('\n')
      .map((line) => line.replace(/^unicast /, '').trim());
  const plain = (lines: string[]) => lines.map((line) => line.replace(/ scope global/, '')).sort();
  expect(plain(await seen('-4'))).toEqual(expected);
  expect(
    (await seen('-6')).filter((line) => !line.includes('veth9peer')).map((line) => line.split(' proto')[0]),
  ).toEqual(['fd00::/64 dev eth0', 'default via fd00::1 dev eth0']);
  expect(await guest.call(code.SETUPROUTE, { routes: routes.slice(0, 1) })).toMatchObject({ ok: true });
  expect(plain(await seen('-4'))).toEqual(expected.slice(0, 1));
  // An invalid command changes nothing.
  const wrong = { routes: [{ destination: '10.0.0.0/33', device: 'eth0' }] };
  expect((await guest.call(code.SETUPROUTE, wrong)).error).toMatchObject({ code: 'INVALID' });
  const lost = { routes: [{ destination: 'default', device: 'nobody' }] };
  expect((await guest.call(code.SETUPROUTE, lost)).error).toMatchObject({ code: 'NOTFOUND' });
  const unreachable = {
    routes: [...routes.slice(0, 1), { destination: 'default', gateway: '172.16.0.1', device: 'eth0' }],
  };
  expect((await guest.call(code.SETUPROUTE, unreachable)).error).toMatchObject({ code: 'ENETUNREACH' });
  expect(plain(await seen('-4'))).toEqual(expected.slice(0, 1));
  await guest.stop();
});

it('gives a name to who is to have it, and takes it from nobody who uses it', async () => {
  await using guest = await TestGuest.start();
  await addDevice(guest, 'eth0', '02:00:00:00:00:bb');
  await addDevice(guest, 'eth1');
  expect(await guest.call(code.SETUPINTERFACE, eth0)).toMatchObject({ ok: true });
  expect(await link(guest, 'eth0')).toMatchObject({ mac: MAC, up: true });
  const thief = { ...eth0, device: '02:00:00:00:00:bb', mac: '02:00:00:00:00:bb', addresses: [] };
  expect((await guest.call(code.SETUPINTERFACE, thief)).error).toMatchObject({ code: 'EXISTS' });
  await guest.stop();
});

it('brings to a pod with a network of its own what comes, and nothing that has left meanwhile', async () => {
  await using guest = await TestGuest.start();
  const pod = { hostname: 'pod', containers: [], shareDir: 'share_dir', userNamespace: true };
  expect(await guest.call(code.STARTPOD, pod)).toMatchObject({ ok: true });
  const names = Array.from({ length: 20 }, (_, i) => `x${i}`);
  const lines = [...names.map((name) => `link add ${name} type veth`), ...names.map((name) => `link del ${name}`)];
  const script = `while :; do printf '${lines.join('\\n')}\\n' | ip -force -batch -; done`;
  const coming = execa('nsenter', [`--net=/proc/${guest.pid}/ns/net`, 'sh', '-c', script], { reject: false });
  for (let i = 0; i < 100; i++) expect(await guest.call(code.SETUPROUTE, { routes: [] })).toMatchObject({ ok: true });
  coming.kill();
  await coming;
  await guest.stop();
});

it('answers when the device has come, and other commands meanwhile', async () => {
  await using guest = await TestGuest.start();
  const ids = [
    guest.send(code.SETUPINTERFACE, eth0),
    guest.send(code.SETUPINTERFACE, { ...eth0, device: '02:00:00:00:00:cc' }),
  ];
  expect(await guest.call(code.PING)).toMatchObject({ ok: true });
  expect(guest.messages.filter(({ id }) => ids.includes(id))).toEqual([]);
  await addDevice(guest, 'veth9');
  expect(await guest.message(({ id }) => id === ids[0])).toMatchObject({ code: code.ACK });
  // The other one waits until the end.
  await guest.stop();
});

it.each([
  [{ ...eth0, device: 'x' }, 'device'],
  [{ ...eth0, mac: '02:00:00:00:00' }, 'mac'],
  [{ ...eth0, mac: '02:00:00:00:00:0g' }, 'mac'],
  [{ ...eth0, name: '' }, 'name'],
  [{ ...eth0, name: 'sixteen-bytes-xx' }, 'name'],
  [{ ...eth0, mtu: 10 }, 'mtu'],
  [{ ...eth0, addresses: [{ address: '10.0.0.300', prefix: 8 }] }, 'address'],
  [{ ...eth0, addresses: [{ address: '10.0.0.3', prefix: 33 }] }, 'prefix'],
  [{ ...eth0, addresses: [{ address: '10.0.0.3' }] }, 'prefix'],
  [{ ...eth0, addresses: [{ address: '10.0.0.3', prefix: 8, peer: 'fd00::1' }] }, 'peer'],
  [{ ...eth0, addresses: [7] }, 'address'],
  [{ ...eth0, addresses: Array.from({ length: 65 }, () => ({ address: '10.0.0.3', prefix: 8 })) }, '64'],
])('refuses %j', async (spec, named) => {
  await using guest = await TestGuest.start();
  await addDevice(guest, 'veth9');
  const { error } = await guest.call(code.SETUPINTERFACE, spec);
  expect(error).toMatchObject({ code: 'INVALID', message: expect.stringContaining(named) });
  await guest.stop();
});

it('waits for nothing in the base protocol', async () => {
  await using guest = await TestGuest.start({ version: 4244 });
  expect((await guest.call(code.SETUPINTERFACE, eth0)).error).toMatchObject({ code: 'NOTFOUND' });
  await guest.stop();
});
