// Whole containers in real VMs, in namespaces as container engines make them.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { driverUnderTest } from '@runv/testkit';
import { describe, expect, test } from 'vitest';
import { addGateways, Lan, Namespace, tapsHere } from '../support/namespaces.ts';
import { makePlace, type Place } from '../support/place.ts';

const MAC = '02:42:0a:09:00:02';
const TIMEOUT = 120_000;
const SIZE = 10 << 20;
const PORT = 5000;
/** In /proc/net/tcp. */
const LISTENING = `:${PORT.toString(16)} `;
/** Makes a file, says its checksum, and gives it to who asks. */
const SERVE = `cd /dev/shm; head -c ${SIZE} /dev/urandom > file; sha256sum < file; httpd -p ${PORT} -h /dev/shm`;
const fetch = (host: string) => `wget -q -O - http://${host}:${PORT}/file | busybox sha256sum`;

const KERNELS = [
  ['the kernel in use', undefined],
  ["Debian's kernel", 'stock'],
] as const;
/** A driver with a guest of its own has one kernel. */
const kernels = (await driverUnderTest()).info.guest === 'pc' ? KERNELS : KERNELS.slice(0, 1);

describe('a container whose process has a network namespace', { timeout: TIMEOUT }, () => {
  test.each(kernels)(
    'reaches its gateway and beyond by IPv4 and IPv6, and leaves no trace, with %s',
    async (_, kernel) => {
      await using lan = await Lan.make();
      await using namespace = await Namespace.make();
      await lan.plug(namespace, { mac: MAC, addresses: ['10.9.0.2/24', 'fd09::2/64'] });
      await addGateways(namespace);
      {
        await using place = await makePlace(kernel);
        const container = await place.container('one', { netns: namespace.path });
        await pings(place, 'one', '10.9.0.1', '192.0.2.1', 'fd09::1', '2001:db8::1');
        expect(await tapsHere()).toEqual([]);
        expect(await namespace.links()).toEqual(['eth0', 'lo', expect.stringMatching(/^runv/)]);
        await place.sh(container, 'ping -c 1 127.0.0.1; ping6 -c 1 ::1');
      }
      expect(await namespace.links()).toEqual(['eth0', 'lo']);
      expect(await namespace.run('tc', 'qdisc', 'show', 'dev', 'eth0')).not.toContain('ingress');
      expect(await namespace.run('busybox', 'ping', '-c', '1', '10.9.0.1')).toContain(' 1 packets received');
    },
  );

  test('has names, MAC addresses, addresses, MTUs and routes as they are outside, of several interfaces', async () => {
    await using lan = await Lan.make();
    await using namespace = await Namespace.make();
    await using place = await makePlace();
    await lan.plug(namespace, { name: 'net1', mac: MAC, addresses: ['10.9.0.2/24', 'fd09::2/64'], mtu: 1400 });
    await lan.plug(namespace, { name: 'eth0', addresses: ['172.30.0.9/16', '172.30.0.10/16'] });
    await lan.plug(namespace, { name: 'eth1', addresses: ['192.168.7.7 peer 192.168.7.1/32'] });
    await addGateways(namespace);
    await namespace.ip(
      'route add 198.51.100.0/24 via 172.30.0.1 metric 7',
      'route add 203.0.113.5 via 10.99.0.1 dev eth1 onlink',
      'route add unreachable 198.18.0.0/15',
      '-6 route add 2001:db8:1::/48 via fd09::5 metric 50',
    );
    const container = await place.container('many', { netns: namespace.path });
    for (const name of ['net1', 'eth0', 'eth1']) {
      const [inside, outside] = await Promise.all([
        place.sh(container, `ip address show dev ${name}`),
        namespace.run('ip', 'address', 'show', 'dev', name),
      ]);
      expect(linkOf(inside)).toEqual(linkOf(outside));
    }
    const own = (routes: string): string[] => routes.split('\n').map(plain).filter(named).sort();
    for (const family of ['-4', '-6']) {
      const inside = await place.sh(container, `ip ${family} route`);
      const outside = await namespace.run('ip', family, 'route');
      expect(own(inside)).toEqual(own(outside));
    }
    await pings(place, 'many', '10.9.0.1');
  });

  test('talks to another by TCP, 10 MiB each way at an MTU of 1400', async () => {
    await using lan = await Lan.make();
    await using first = await Namespace.make();
    await using second = await Namespace.make();
    await using place = await makePlace();
    await lan.plug(first, { addresses: ['10.9.0.2/24', 'fd09::2/64'], mtu: 1400 });
    await lan.plug(second, { addresses: ['10.9.0.3/24', 'fd09::3/64'], mtu: 1400 });
    const [a, b] = await Promise.all([
      place.container('a', { netns: first.path }),
      place.container('b', { netns: second.path }),
    ]);
    await pings(place, 'a', '10.9.0.3', 'fd09::3');
    await pings(place, 'b', '10.9.0.2', 'fd09::2');
    const sums = { a: await place.sh(a, SERVE), b: await place.sh(b, SERVE) };
    expect(await place.sh(a, fetch('10.9.0.3'))).toBe(sums.b);
    expect(await place.sh(b, fetch('[fd09::2]'))).toBe(sums.a);
  });

  test('gets and gives what the host moves in pieces larger than the MTU', async () => {
    await using lan = await Lan.make();
    await using namespace = await Namespace.make();
    await using place = await makePlace();
    await lan.plug(namespace, { addresses: ['10.9.0.2/24'] });
    const container = await place.container('server', { netns: namespace.path });
    const sum = await place.sh(container, SERVE);
    expect(await lan.namespace.run('busybox', 'sh', '-c', fetch('10.9.0.2'))).toBe(sum);
    const file = join(place.dir, 'file');
    await writeFile(file, randomBytes(SIZE));
    const outside = await lan.namespace.run('busybox', 'sha256sum', file);
    await using _server = lan.namespace.serve(place.dir, PORT);
    await expect.poll(() => lan.namespace.run('cat', '/proc/net/tcp', '/proc/net/tcp6')).toContain(LISTENING);
    expect(await place.sh(container, fetch('10.9.0.1'))).toBe(outside.replace(file, '-'));
  });

  test('shares its network with who joins its pod, and replaces what another daemon left there', async () => {
    await using lan = await Lan.make();
    await using namespace = await Namespace.make();
    await using place = await makePlace();
    await lan.plug(namespace, { addresses: ['10.9.0.2/24'] });
    // What a daemon that was killed has left.
    const filter = 'parent ffff: handle 800::1 pref 1 protocol all u32 match u32 0 0';
    await namespace.run('tc', 'qdisc', 'add', 'dev', 'eth0', 'handle', 'ffff:', 'ingress');
    await namespace.run('tc', ...`filter add dev eth0 ${filter} action mirred egress redirect dev lo`.split(' '));
    const first = await place.container('first', { netns: namespace.path });
    const joining = [{ type: 'network', path: `/proc/${first.pod.vm.pid}/ns/net` }];
    await place.container('second', { namespaces: joining, netns: namespace.path });
    await pings(place, 'second', '10.9.0.1');
    expect(await namespace.links()).toHaveLength(3);
  });

  test('has its loopback where the namespace has nothing, and an interface that is down is nothing', async () => {
    await using lan = await Lan.make();
    await using namespace = await Namespace.make();
    await using place = await makePlace();
    await lan.plug(namespace, { addresses: [] });
    await namespace.ip('link set eth0 down');
    const container = await place.container('alone', { netns: namespace.path });
    await pings(place, 'alone', '127.0.0.1', '::1');
    expect(await place.sh(container, 'ip route')).toBe('');
    expect(await place.sh(container, 'ls /sys/class/net')).toBe('lo\n');
  });
});

describe('a namespace that changes while its container runs', { timeout: TIMEOUT }, () => {
  test('takes its container along: interfaces, addresses, MTUs and routes come and go', async () => {
    await using lan = await Lan.make();
    await using namespace = await Namespace.make();
    await using place = await makePlace();
    const container = await place.container('follows', { netns: namespace.path });
    const sees = (script: string) => expect.poll(() => place.sh(container, script), { timeout: 20_000, interval: 100 });
    await lan.plug(namespace, { mac: MAC, addresses: ['10.9.0.2/24'] });
    await sees('ip address').toContain('inet 10.9.0.2/24');
    await pings(place, 'follows', '10.9.0.1');
    await lan.plug(namespace, { name: 'eth1', addresses: ['172.30.0.9/16'] });
    await sees('ip address').toContain('inet 172.30.0.9/16');
    await namespace.ip('address add 10.9.0.7/24 dev eth0', 'link set eth0 mtu 1300', 'route add default via 10.9.0.1');
    await sees('ip route').toContain('default via 10.9.0.1');
    await sees('ip address show dev eth0').toMatch(/mtu 1300[\s\S]*10\.9\.0\.7/);
    await pings(place, 'follows', '192.0.2.1');
    await namespace.ip('address del 10.9.0.7/24 dev eth0', 'link del eth1');
    await sees('ip address').not.toMatch(/10\.9\.0\.7|eth1/);
    await namespace.ip('link del eth0');
    await sees('ls /sys/class/net').toBe('lo\n');
    expect(await place.sh(container, 'ip route')).toBe('');
    // The device that the VM booted with is free again.
    await lan.plug(namespace, { name: 'again', addresses: ['10.9.0.3/24'] });
    await sees('ip address').toContain('inet 10.9.0.3/24');
    await pings(place, 'follows', '10.9.0.1');
  });
});

test('what is plugged in between create and start is there when the program begins', { timeout: TIMEOUT }, async () => {
  await using lan = await Lan.make();
  await using namespace = await Namespace.make();
  await using place = await makePlace();
  const args = ['sh', '-c', 'ip address > /dev/shm/first; sleep 100000'];
  const container = await place.container('held', { netns: namespace.path, start: false, args });
  await lan.plug(namespace, { addresses: ['10.9.0.2/24'] });
  await place.supervisor.startContainer('held');
  await expect.poll(() => place.sh(container, 'cat /dev/shm/first')).toContain('inet 10.9.0.2/24');
});

describe('a network that cannot be', { timeout: TIMEOUT }, () => {
  test("is refused where it is the host's own, which is left as it is", async () => {
    await using place = await makePlace();
    await expect(place.container('host', { netns: '/proc/self/ns/net' })).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringMatching(/host's own network namespace.*--network host/),
    });
    expect(await tapsHere()).toEqual([]);
  });

  test('is named when there is none, and nothing is left', async () => {
    await using place = await makePlace();
    await expect(place.container('none', { netns: '/proc/1/ns/none' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('/proc/1/ns/none'),
    });
    expect(await tapsHere()).toEqual([]);
  });

  test('is taken back when the container cannot be made', async () => {
    await using lan = await Lan.make();
    await using namespace = await Namespace.make();
    await using place = await makePlace();
    await lan.plug(namespace, { addresses: ['10.9.0.2/24'] });
    const bundle = { namespaces: [], args: ['/no/such/program'] };
    await expect(place.container('fails', { ...bundle, netns: namespace.path })).rejects.toMatchObject({
      code: 'NO_COMMAND',
    });
    expect(await namespace.links()).toEqual(['eth0', 'lo']);
    expect(await namespace.run('tc', 'qdisc', 'show', 'dev', 'eth0')).not.toContain('ingress');
  });
});

async function pings(place: Place, id: string, ...targets: string[]): Promise<void> {
  const container = place.supervisor.container(id);
  for (const target of targets) {
    await place.sh(container, `${target.includes(':') ? 'ping6' : 'ping'} -c 1 -W 5 ${target}`);
  }
}

/** What `ip address` says that both sides must agree on. */
function linkOf(output: string): unknown {
  return {
    name: /^\d+: ([^:@]+)/.exec(output)?.[1],
    mtu: /mtu (\d+)/.exec(output)?.[1],
    mac: /link\/ether (\S+)/.exec(output)?.[1],
    addresses: [...output.matchAll(/inet6? (\S+(?: peer \S+)?)/g)].map(([, address]) => address).sort(),
  };
}

/** A kernel with one IPv6 table shows its own there, too. */
function named(route: string): boolean {
  return route !== '' && !route.startsWith('multicast');
}

/** A route without the words that say who made it, and without what it is by default. */
function plain(route: string): string {
  return route
    .replace(/ (proto \S+|pref \S+|linkdown)/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
