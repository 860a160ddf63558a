/** A real daemon, started by the command line of runv 0.6 with other paths. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { connect, type RunvClient } from '@runv/api';
import { execa } from 'execa';
import { usersOf } from './usersOf.ts';

/** The CLI's executable. By its path, because the CLI's own tests use this package. */
export const BIN = fileURLToPath(new URL('../../cli/dist/bin.js', import.meta.url));
/** The executable that hands commands to the daemon. */
export const LAUNCHER = fileURLToPath(new URL('../../cli/dist/runv', import.meta.url));

export interface DaemonOptions {
  readonly solo?: boolean;
  readonly kernel?: string;
  readonly initrd?: string;
  /** Flags before `containerd`. */
  readonly flags?: readonly string[];
  /** Flags after `containerd`. */
  readonly containerdFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The `dir` of a killed daemon, to restart it there. By default, a new one. */
  readonly dir?: string;
  /** Called before the daemon starts, with the containerd-dir, which does not exist yet. */
  readonly prepare?: (containerdDir: string) => Promise<void>;
}

export class Daemon implements AsyncDisposable {
  /** The directory of all its files. */
  readonly dir: string;
  readonly child: ChildProcess;
  readonly client: RunvClient;
  /** Resolves with its exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** The time from its spawn until its socket answers, in ms. */
  startMs = 0;
  #stderr = '';

  static async start(options: DaemonOptions = {}): Promise<Daemon> {
    const line = commandLine(options);
    const { dir = await mkdtemp(join(tmpdir(), 'runv-d-')) } = options;
    await options.prepare?.(join(dir, 'namespace'));
    const started = performance.now();
    const daemon = await Daemon.#ready(new Daemon(dir, line, options));
    daemon.startMs = performance.now() - started;
    return daemon;
  }

  static async #ready(daemon: Daemon): Promise<Daemon> {
    const pipe = daemon.child.stdio[3] as Readable;
    for await (const _ of pipe) return daemon;
    await daemon[Symbol.asyncDispose]();
    throw new Error(`the daemon did not start: ${daemon.stderr}`);
  }

  private constructor(dir: string, line: (dir: string) => string[], options: DaemonOptions) {
    this.dir = dir;
    this.child = spawn(LAUNCHER, line(dir), {
      stdio: ['ignore', 'inherit', 'pipe', 'pipe'],
      env: { ...process.env, RUNV_NODE: process.execPath, ...options.env },
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.ended = once(this.child, 'exit').then(([code, signal]) => code ?? signal);
    this.client = connect(this.socket);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Its standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  get containerdDir(): string {
    return join(this.dir, 'namespace');
  }

  get stateDir(): string {
    return join(this.dir, 'state');
  }

  get socket(): string {
    return join(this.containerdDir, 'namespaced.sock');
  }

  /** The events in its log so far, without their timestamps. */
  async events(): Promise<object[]> {
    const text = await readFile(join(this.containerdDir, 'events.log'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line)
      .map((line) => {
        const { timestamp, ...event } = JSON.parse(line) as { timestamp: string };
        return event;
      });
  }

  /** What the daemon has on this machine besides its own process: hypervisors, mounts, VM directories. */
  async leftovers(): Promise<string[]> {
    const vms = existsSync(join(this.containerdDir, 'vm')) ? await readdir(join(this.containerdDir, 'vm')) : [];
    return [
      ...(await usersOf(this.dir)).filter((line) => !line.includes(BIN)),
      ...vms.map((vm) => `the directory of VM ${vm}`),
    ];
  }

  /** The pids of its VMs that run, those in store included. */
  async vmPids(): Promise<number[]> {
    const root = join(this.containerdDir, 'vm');
    const dirs = await readdir(root).catch(() => []);
    const pids = await Promise.all(dirs.map((vm) => readFile(join(root, vm, 'pid'), 'utf8').catch(() => '')));
    return pids.filter((pid) => pid !== '').map((text) => Number.parseInt(text, 10));
  }

  async descriptors(): Promise<number> {
    return (await readdir(`/proc/${this.pid}/fd`)).length;
  }

  /** Unmounts what a killed daemon left: removing files through a mount would empty a root file system. */
  async #unmount(): Promise<void> {
    const mounts = await readFile('/proc/self/mountinfo', 'utf8');
    const points = mounts.split('\n').map((line) => line.split(' ')[4] ?? '');
    for (const point of points.filter((path) => path.startsWith(`${this.dir}/`)).reverse())
      await execa('umount', ['--lazy', point]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    await this.ended;
    const left = await this.leftovers();
    await this.#unmount();
    await execa('rm', ['--recursive', '--force', '--one-file-system', this.dir]);
    if (left.length > 0) throw new Error(`the daemon left behind:\n${left.join('\n')}\nits stderr: ${this.stderr}`);
  }
}

function commandLine(options: DaemonOptions): (dir: string) => string[] {
  const { kernel, initrd, flags = [], containerdFlags = [], solo = false } = options;
  return (dir) => [
    ...(kernel === undefined ? [] : ['--kernel', kernel]),
    ...(initrd === undefined ? [] : ['--initrd', initrd]),
    ...['--default_cpus', '1', '--default_memory', '128', ...flags],
    ...['containerd', ...(solo ? ['--solo-namespaced'] : []), '--containerd-dir', join(dir, 'namespace')],
    ...['--state-dir', join(dir, 'state'), '--listen', join(dir, 'namespace/namespaced.sock'), '--ready-fd', '3'],
    ...containerdFlags,
  ];
}
