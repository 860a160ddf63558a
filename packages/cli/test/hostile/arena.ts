/** A daemon with a healthy pod, and hostile ones beside it. */
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceError } from '@grpc/grpc-js';
import { Bundles, Daemon, runExec, until } from '@runv/testkit';
import { execa } from 'execa';
import { expect } from 'vitest';
import { hostileInitrd } from './hostileInitrd.ts';
import { type Call, SELF, type Trick } from './tricks.ts';

/** How long the daemon may take to answer for another pod, in ms; a guest's exec costs some emulation too. */
const ANSWERS_MS = { state: 1000, exec: 5000 };
/** The daemon's memory, whatever guests do, in MiB. */
const MOST_MIB = 512;
const HEALTHY = 'healthy';

export class Arena implements AsyncDisposable {
  readonly daemon: Daemon;
  /** How many tricks were played. */
  played = 0;
  readonly #bundles: Bundles;
  readonly #dir: string;
  #count = 0;

  /** @param flags of the daemon */
  static async open(flags: readonly string[]): Promise<Arena> {
    const dir = await mkdtemp(join(tmpdir(), 'runv-hostile-'));
    const bundles = await Bundles.make();
    const daemon = await Daemon.start({ initrd: await hostileInitrd(dir), flags });
    const arena = new Arena(dir, bundles, daemon);
    await arena.healthy(HEALTHY);
    return arena;
  }

  private constructor(dir: string, bundles: Bundles, daemon: Daemon) {
    this.#dir = dir;
    this.#bundles = bundles;
    this.daemon = daemon;
  }

  /** A container whose guest is ours. */
  async healthy(id: string): Promise<void> {
    await this.daemon.client.createContainer({ id, bundlePath: await this.sleeping() });
  }

  /** The bundle of a container whose guest is ours. */
  async sleeping(): Promise<string> {
    return await this.#bundles.bundle({ args: ['sleep', '100000'] });
  }

  /** How many VMs there are. */
  async vms(): Promise<number> {
    return (await readdir(join(this.daemon.containerdDir, 'vm'))).length;
  }

  /** The bundle of a container whose guest plays a trick. */
  async bundle(script: string): Promise<{ id: string; bundlePath: string }> {
    this.#count += 1;
    const id = `hostile-${this.#count}`;
    const path = join(this.#dir, id);
    await mkdir(join(path, 'bin'), { recursive: true });
    const named = script.replaceAll(Buffer.from(SELF).toString('hex'), Buffer.from(id).toString('hex'));
    await writeFile(join(path, 'trick'), named);
    return { id, bundlePath: await this.#bundles.bundle({ args: ['/bin/none'], spec: { root: { path } } }) };
  }

  /** Plays a trick, and checks what comes of it. Several may be played at a time. */
  async play({ script, comes, words, call }: Trick): Promise<void> {
    const { client } = this.daemon;
    const from = this.daemon.stderr.length;
    this.played += 1;
    const { id, bundlePath } = await this.bundle(script);
    const failure = await client.createContainer({ id, bundlePath }).then(
      () => undefined,
      (error: ServiceError) => error,
    );
    const called = call && !failure ? await this.#call(id, call) : undefined;
    await this.isWell();
    if (comes === 'works') expect(failure).toBeUndefined();
    if (comes === 'refused') expect(failure?.details).toMatch(words as RegExp);
    if (comes === 'works' && call) expect(called?.details).toMatch(words as RegExp);
    if (comes === 'broken') await this.#breaks(id, failure, words as RegExp, from);
    if (comes !== 'broken' && !failure) await client.signal({ id, pid: 'init', signal: 9 });
    await until(() => this.isGone(id));
    await this.isWell();
  }

  /** Its VM ends by itself, with an exit event where its program ran, and the log says why. */
  async #breaks(id: string, failure: ServiceError | undefined, words: RegExp, from: number): Promise<void> {
    await until(() => this.isGone(id));
    const said = `${failure?.details ?? ''}${this.daemon.stderr.slice(from)}`;
    expect(said).toMatch(words);
    const exits = (await this.daemon.events()).filter((event) => 'id' in event && event.id === id);
    if (!failure)
      expect(exits).toContainEqual({ id, type: 'exit', pid: 'init', status: 137, reason: expect.stringMatching(/./) });
  }

  async #call(id: string, call: Call): Promise<ServiceError | undefined> {
    const { client } = this.daemon;
    const calls: Record<Call, () => Promise<unknown>> = {
      exec: () => client.addProcess({ id, pid: 'more', args: ['true'] }),
      stats: () => client.stats({ id }),
      pause: () => client.updateContainer({ id, status: 'paused' }),
      update: () => client.update({ id, resources: JSON.stringify({ pids: { limit: 10 } }) }),
      terminate: () => client.signal({ id, pid: 'init', signal: 15 }),
    };
    return await calls[call]().then(
      () => undefined,
      (error: ServiceError) => error,
    );
  }

  async isGone(id: string): Promise<boolean> {
    const { containers } = await this.daemon.client.state({});
    return !containers.some((container) => container.id === id);
  }

  /** Nothing is left of any VM whose container is gone. */
  async isClean(): Promise<void> {
    const { client } = this.daemon;
    await until(async () => (await this.vms()) === (await client.state({})).containers.length);
  }

  /** Another pod is answered for in time, and the daemon is no larger than it may be. */
  async isWell(): Promise<void> {
    const { client, pid } = this.daemon;
    await client.state({ id: HEALTHY }, { timeoutMs: ANSWERS_MS.state });
    this.#count += 1;
    const begun = performance.now();
    const { stdout } = await runExec(this.daemon, HEALTHY, { pid: `well-${this.#count}`, args: ['echo', 'well'] });
    expect(stdout.toString()).toBe('well\n');
    expect(performance.now() - begun).toBeLessThan(ANSWERS_MS.exec);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(MOST_MIB);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
    await this.#bundles[Symbol.asyncDispose]();
    await execa('rm', ['--recursive', '--force', '--one-file-system', this.#dir]);
  }
}
