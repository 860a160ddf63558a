import { expect, test } from 'vitest';
import { parseNetwork } from '../../src/network/readNetwork.ts';

const link = { ifindex: 2, ifname: 'eth0', flags: ['UP'], mtu: 1400, link_type: 'ether', address: '02:00:00:00:00:01' };

/** As `ip -json -batch` prints it. */
function said(links: object[], routes: object[] = []): string {
  return `${JSON.stringify(links.map((one) => ({ ...link, addr_info: [], ...one })))}\n${JSON.stringify(routes)}\n`;
}

function routesOf(...routes: object[]) {
  return parseNetwork(said([{}], routes)).routes;
}

test('an interface comes with its MAC, MTU, and addresses of both families', () => {
  const addresses = [
    { family: 'inet', local: '10.0.0.2', prefixlen: 24, broadcast: '10.0.0.255', scope: 'global' },
    { family: 'inet', local: '10.7.7.7', prefixlen: 32, address: '10.7.7.1', scope: 'global' },
    { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link', tentative: true },
  ];
  expect(parseNetwork(said([{ addr_info: addresses }])).interfaces).toEqual([
    {
      index: 2,
      name: 'eth0',
      mac: '02:00:00:00:00:01',
      mtu: 1400,
      addresses: [
        { address: '10.0.0.2', prefix: 24, broadcast: '10.0.0.255', scope: 'global' },
        { address: '10.7.7.7', prefix: 32, peer: '10.7.7.1', scope: 'global' },
        { address: 'fe80::1', prefix: 64, scope: 'link' },
      ],
    },
  ]);
});

test('the loopback, what is down, what carries no Ethernet, and taps of runv are none', () => {
  const none = [
    { ifname: 'lo', link_type: 'loopback' },
    { ifname: 'eth1', flags: ['BROADCAST'] },
    { ifname: 'tun0', link_type: 'none' },
    { ifname: 'runv0123456789' },
  ];
  expect(parseNetwork(said([...none, { ifname: 'runv0' }])).interfaces.map(({ name }) => name)).toEqual(['runv0']);
});

test('routes come in an order in which they can be added, and know their family', () => {
  expect(
    routesOf(
      { dst: 'default', gateway: '10.0.0.1', dev: 'eth0', flags: [] },
      { dst: 'default', dev: 'eth0', metric: 1024, pref: 'medium', flags: ['onlink'] },
      { dst: '10.0.0.0/24', dev: 'eth0', scope: 'link', prefsrc: '10.0.0.2', flags: [] },
    ),
  ).toMatchObject([
    { family: 6, destination: 'default', metric: 1024, onlink: true },
    { family: 4, destination: '10.0.0.0/24', source: '10.0.0.2', scope: 'link', onlink: false },
    { family: 4, destination: 'default', gateway: '10.0.0.1', device: 'eth0' },
  ]);
});

test('other tables, other interfaces and types that nobody adds are left out; of several ways the first is taken', () => {
  expect(
    routesOf(
      { type: 'local', dst: '10.0.0.2', dev: 'eth0', table: 'local' },
      { type: 'multicast', dst: 'ff00::/8', dev: 'eth0' },
      { dst: '10.1.0.0/16', dev: 'runv0123456789' },
      { dst: '10.2.0.0/16', dev: 'eth0', via: { family: 'inet6', host: 'fe80::1' } },
      { type: 'unreachable', dst: '10.3.0.0/16', dev: 'lo', pref: 'medium' },
      {
        dst: '10.4.0.0/16',
        nexthops: [
          { gateway: '10.0.0.1', dev: 'eth0' },
          { gateway: '10.0.0.9', dev: 'eth0' },
        ],
      },
    ).map(({ type, destination, gateway, device }) => [type, destination, gateway, device]),
  ).toEqual([
    ['unreachable', '10.3.0.0/16', undefined, undefined],
    ['unicast', '10.4.0.0/16', '10.0.0.1', 'eth0'],
  ]);
});

test('what is not understood is shown', () => {
  for (const output of ['', '[]\n', '[]\n{"a":1}\n', 'no json\n[]\n', '[{"ifindex":"x"}]\n[]\n'])
    expect(() => parseNetwork(output)).toThrow(expect.objectContaining({ code: 'FAILED' }));
});
