/** What programs ask of a kernel beyond running: each with the program that people use for it, in a container that may do all. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Spec } from '@runv/oci';
import { DEBIAN_ROOTFS_MS, debianRootfs, programSpec, writable } from '@runv/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CAPABILITIES } from '../src/features/capabilities.ts';
import { endDaemon } from './support/endDaemon.ts';
import { runv } from './support/runv.ts';

const WEB = 'python3 /inputs/web.py &';
const GET = 'python3 /inputs/get.py';

/** Each script says `good` at its end, and nothing else. */
const FEATURES: Record<string, string> = {
  'no interface but its own, until it makes one': 'test "$(ls /sys/class/net)" = lo',
  'nftables: what goes out to a port is led to another one': `
    nft add table inet t; nft add chain inet t out '{ type nat hook output priority -100; }'
    nft add rule inet t out tcp dport 80 counter redirect to :8080
    ${WEB} ${GET} 80`,
  'nftables: sets, limits, counters': `
    nft add table ip t; nft add set ip t s '{ type ipv4_addr; flags interval; }'; nft add element ip t s '{ 127.0.0.0/30 }'
    nft add chain ip t in '{ type filter hook input priority 0; policy drop; }'
    nft add rule ip t in ip saddr @s limit rate 1000/second counter accept
    ${WEB} ${GET} 8080; nft list ruleset | grep -q 'counter packets [1-9]'`,
  'iptables by nftables': `
    iptables-nft -t nat -A OUTPUT -p tcp --dport 80 -m comment --comment x -m conntrack --ctstate NEW -j REDIRECT --to-ports 8080
    ${WEB} ${GET} 80`,
  'iptables of old, and its matches': `
    iptables-legacy -t nat -A OUTPUT -p tcp -m multiport --dports 80,81 -m owner --uid-owner 0 -j REDIRECT --to-ports 8080
    iptables-legacy -t mangle -A PREROUTING -p tcp -m addrtype --dst-type LOCAL -j MARK --set-mark 7
    iptables-legacy -A INPUT -m mark --mark 7 -m connmark ! --mark 9 -m statistic --mode nth --every 1 --packet 0 -j ACCEPT
    ip6tables-legacy -t nat -A OUTPUT -p tcp --dport 80 -j REDIRECT --to-ports 8080
    ${WEB} ${GET} 81`,
  'IP sets': `
    ipset create s hash:ip,port; ipset add s 127.0.0.1,tcp:80
    iptables-nft -t nat -A OUTPUT -p tcp -m set --match-set s dst,dst -j REDIRECT --to-ports 8080
    ${WEB} ${GET} 80`,
  'a bridge with two network namespaces that reach each other': `
    ip link add br0 type bridge; ip link set br0 up
    for n in 1 2; do
      ip netns add n$n; ip link add v$n type veth peer name eth0 netns n$n; ip link set v$n master br0 up
      ip -n n$n addr add 10.9.0.$n/24 dev eth0; ip -n n$n link set eth0 up; ip -n n$n link set lo up
    done
    ip netns exec n2 python3 /inputs/web.py 10.9.0.2 & ip netns exec n1 ${GET} 8080 10.9.0.2`,
  'links of every kind': `
    ip link add d0 type dummy; ip link set d0 up; ip link add link d0 name d0.7 type vlan id 7
    ip link add m0 link d0 type macvlan mode bridge; ip link add d1 type dummy; ip link add p0 link d1 type ipvlan mode l2
    ip link add x0 type vxlan id 42 dev d0 dstport 4789; ip link add vrf0 type vrf table 10; ip link add i0 type ifb
    for name in d0.7 m0 p0 x0 vrf0 i0; do ip link set $name up; done; ip rule add from 10.1.0.0/16 lookup 10`,
  'a tap that a program makes': 'python3 /inputs/tap.py; ip link show tap9 > /dev/null',
  'WireGuard: packets of two peers': `
    umask 077; for n in 1 2; do ip netns add n$n; wg genkey > /tmp/key$n; wg pubkey < /tmp/key$n > /tmp/pub$n; done
    ip -n n1 link add eth0 type veth peer name eth0 netns n2
    for n in 1 2; do
      ip -n n$n addr add 10.9.0.$n/24 dev eth0; ip -n n$n link set eth0 up; ip -n n$n link set lo up
      ip -n n$n link add wg0 type wireguard; ip -n n$n addr add 10.8.0.$n/24 dev wg0
      ip netns exec n$n wg set wg0 listen-port 51820 private-key /tmp/key$n \\
        peer "$(cat /tmp/pub$((3 - n)))" allowed-ips 10.8.0.0/24 endpoint 10.9.0.$((3 - n)):51820
      ip -n n$n link set wg0 up
    done
    ip netns exec n2 python3 /inputs/web.py 10.8.0.2 & ip netns exec n1 ${GET} 8080 10.8.0.2`,
  'IPsec: a state and a policy': `
    ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 mode tunnel \\
      aead 'rfc4106(gcm(aes))' 0x0102030405060708090a0b0c0d0e0f1011121314 128
    ip xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir out tmpl src 10.0.0.1 dst 10.0.0.2 proto esp mode tunnel
    test "$(ip xfrm state count)" = '	 SAD count 1'`,
  'queues, classes and filters': `
    tc qdisc add dev lo root handle 1: htb default 10; tc class add dev lo parent 1: classid 1:10 htb rate 100mbit quantum 1514
    tc qdisc add dev lo parent 1:10 netem delay 1ms; ip link add i0 type ifb; ip link set i0 up; tc qdisc add dev lo ingress
    tc filter add dev lo ingress matchall action mirred egress redirect dev i0
    ip link add d0 type dummy; tc qdisc add dev d0 root fq_codel; tc qdisc change dev d0 root fq_codel limit 100`,
  'a file system in a file': `
    mkdir /tmp/from /tmp/to; echo kept > /tmp/from/file; mksquashfs /tmp/from /tmp/image -quiet -no-progress
    mknod /dev/loop-control c 10 237; mknod /dev/loop0 b 7 0
    mount -o loop /tmp/image /tmp/to; test "$(cat /tmp/to/file)" = kept; umount /tmp/to`,
  'an interpreter for a kind of program': `
    mount -t binfmt_misc none /proc/sys/fs/binfmt_misc; echo ':said:M::SAID::/bin/cat:' > /proc/sys/fs/binfmt_misc/register
    echo SAID > /tmp/program; chmod +x /tmp/program; test "$(/tmp/program)" = SAID`,
  "landlock, userfaultfd, counts of what a process reads, the kernel's configuration": 'python3 /inputs/calls.py',
};

let rootfs: string;
let dir: string;

beforeAll(async () => {
  rootfs = await debianRootfs({ onProgress: (line) => process.stdout.write(`${line}\n`) });
  dir = await mkdtemp(join(tmpdir(), 'runv-features-'));
  await mkdir(join(dir, 'inputs'));
  await Promise.all(Object.entries(INPUTS).map(([name, text]) => writeFile(join(dir, 'inputs', name), text)));
}, DEBIAN_ROOTFS_MS);

afterAll(async () => {
  await endDaemon(join(dir, 'root'));
  await rm(dir, { recursive: true });
});

test.each(Object.entries(FEATURES))('%s', async (name, script) => {
  const bundle = await mkdtemp(join(dir, 'bundle-'));
  await using view = await writable(rootfs);
  const args = ['bash', '-ec', `${script}\necho good`];
  const spec = mayDoAll(programSpec({ rootfs: view.path, args, inputs: { '/inputs': join(dir, 'inputs') } }));
  await writeFile(join(bundle, 'config.json'), JSON.stringify(spec));
  const line = ['--root', join(dir, 'root'), 'run', '--bundle', bundle, `c${name.length}`];
  expect(await runv(line)).toEqual({ stdout: 'good\n', stderr: '', exitCode: 0 });
});

const INPUTS = {
  'web.py': `
import http.server, sys
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *said): pass
    def do_GET(self): self.send_response(200); self.end_headers()
http.server.HTTPServer((sys.argv[1] if len(sys.argv) > 1 else '127.0.0.1', 8080), Quiet).serve_forever()
`,
  // Until the server is there, which has no way to say so.
  'get.py': `
import socket, sys, time, urllib.request
port, host = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else '127.0.0.1'
until = time.monotonic() + 20
while True:
    try: sys.exit(urllib.request.urlopen(f'http://{host}:{port}', timeout=5).status != 200)
    except OSError as error:
        if time.monotonic() > until: sys.exit(str(error))
        time.sleep(0.05)
`,
  'tap.py': `
import fcntl, os, struct
os.makedirs('/dev/net', exist_ok=True)
if not os.path.exists('/dev/net/tun'): os.mknod('/dev/net/tun', 0o20666, os.makedev(10, 200))
tap = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tap, 0x400454ca, struct.pack('16sH22x', b'tap9', 0x1002))
fcntl.ioctl(tap, 0x400454cb, 1)
`,
  'calls.py': `
import ctypes, gzip, os
call = ctypes.CDLL(None, use_errno=True).syscall
assert call(444, None, 0, 1) >= 1, 'landlock'
assert call(323, os.O_CLOEXEC) >= 0, 'userfaultfd'
assert b'read_bytes' in open('/proc/self/io', 'rb').read()
assert b'CONFIG_NF_TABLES=y' in gzip.open('/proc/config.gz').read()
`,
};

/** As engines have it for what they call privileged. */
function mayDoAll({ process, mounts = [], linux, ...spec }: Spec): Spec {
  const all = [...CAPABILITIES];
  return {
    ...spec,
    process: process && {
      ...process,
      capabilities: { bounding: all, effective: all, permitted: all, inheritable: all },
    },
    mounts: mounts.map((mount) => ({ ...mount, options: mount.options?.filter((option) => option !== 'ro') })),
    linux: {
      ...linux,
      ...{ maskedPaths: [], readonlyPaths: [] },
      resources: { ...linux?.resources, devices: [{ allow: true, access: 'rwm' }] },
    },
  };
}
