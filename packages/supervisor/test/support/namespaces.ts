// Network namespaces, each held by a sleeping process, and a bridge in one of them that the others are plugged into.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class Namespace implements AsyncDisposable {
  readonly path: string;
  readonly pid: number;
  readonly #end: () => Promise<void>;

  private constructor(pid: number, end: () => Promise<void>) {
    this.pid = pid;
    this.path = `/proc/${pid}/ns/net`;
    this.#end = end;
  }

  static async make(): Promise<Namespace> {
    // The word is said by a process that is in the namespace already.
    const child = spawn('unshare', ['--net', 'sh', '-c', 'echo here; exec sleep infinity'], { stdio: 'pipe' });
    await once(child.stdout, 'data');
    const ended = once(child, 'close');
    return new Namespace(child.pid ?? 0, async () => {
      child.kill('SIGKILL');
      await ended;
    });
  }

  /** A command inside it; gives what it printed. */
  async run(file: string, ...args: string[]): Promise<string> {
    const { stdout } = await run('nsenter', [`--net=${this.path}`, file, ...args], { maxBuffer: 2 ** 26 });
    return stdout;
  }

  /** Gives the files of a directory to who asks by HTTP. */
  serve(dir: string, port: number): AsyncDisposable {
    const args = [`--net=${this.path}`, 'busybox', 'httpd', '-f', '-p', `${port}`, '-h', dir];
    const child = spawn('nsenter', args, { stdio: 'ignore' });
    const ended = once(child, 'close');
    return {
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  /** Commands of iproute2, as one would type them. */
  async ip(...commands: string[]): Promise<void> {
    for (const command of commands) await this.run('ip', ...command.split(' '));
  }

  /** The names of its interfaces. */
  async links(): Promise<string[]> {
    const links: { ifname: string }[] = JSON.parse(await this.run('ip', '-json', 'link'));
    return links.map(({ ifname }) => ifname).sort();
  }

  async inode(): Promise<number> {
    return (await stat(this.path)).ino;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

export interface Plug {
  readonly name?: string;
  readonly mac?: string;
  readonly addresses: readonly string[];
  readonly mtu?: number;
}

/** A bridge with 10.9.0.1/24 and fd09::1/64, which is the gateway of what is plugged in. */
export class Lan implements AsyncDisposable {
  readonly namespace: Namespace;
  #count = 0;

  private constructor(namespace: Namespace) {
    this.namespace = namespace;
  }

  static async make(): Promise<Lan> {
    const namespace = await Namespace.make();
    await namespace.ip(
      'link set lo up',
      'link add br0 type bridge',
      'link set br0 up',
      'address add 10.9.0.1/24 dev br0',
      'address add fd09::1/64 dev br0 nodad',
      // Beyond the gateway.
      'address add 192.0.2.1/32 dev lo',
      'address add 2001:db8::1/128 dev lo nodad',
    );
    return new Lan(namespace);
  }

  /** Puts an interface into another namespace, as a container engine does: a veth, its other end at the bridge. */
  async plug(into: Namespace, { name = 'eth0', mac, addresses, mtu = 1500 }: Plug): Promise<void> {
    const port = `port${this.#count++}`;
    const peer = `peer name ${name}${mac === undefined ? '' : ` address ${mac}`} mtu ${mtu} netns ${into.pid}`;
    await this.namespace.ip(
      `link add ${port} mtu ${mtu} type veth ${peer}`,
      `link set ${port} master br0`,
      `link set ${port} up`,
    );
    await into.ip(
      ...addresses.map((address) => `address add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`),
    );
    await into.ip(`link set ${name} up`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.namespace[Symbol.asyncDispose]();
  }
}

export async function addGateways(namespace: Namespace): Promise<void> {
  await namespace.ip('route add default via 10.9.0.1', '-6 route add default via fd09::1');
}

/** The taps of runv in this process's own namespace. */
export async function tapsHere(): Promise<string[]> {
  const { stdout } = await run('ip', ['-json', 'link']);
  const links: { ifname: string }[] = JSON.parse(stdout);
  return links.map(({ ifname }) => ifname).filter((name) => name.startsWith('runv'));
}
