/**
 * A sandbox for an engine's daemon: its own network, mount and PID namespaces, a directory, and the root file system of
 * a newer Debian where the tests' environment asks for that. When init is killed, the kernel kills all others, so that
 * no process of an engine outlives its test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultCacheDir } from '@runv/hypervisor';
import { execa } from 'execa';
import { LAUNCHER } from '../daemon.ts';
import { until } from '../run.ts';
import { rootOfEngines } from './newerDebian.ts';

/** The output and exit code of a command. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** Of the shell with the paths of a root file system, the project, the cache and Node: nothing of the machine's own is seen beside them. */
const INTO_ROOT = `
  mount -t tmpfs tmpfs /mnt; mkdir /mnt/upper /mnt/work /mnt/root
  mount -t overlay -o "lowerdir=$0,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root; cd /mnt/root
  for dir in /proc /sys /dev /tmp "$1" "$2"; do mkdir -p ".$dir"; mount --rbind "$dir" ".$dir"; done
  : > ".$3"; mount --bind "$3" ".$3"; pivot_root . mnt; cd /; umount -l /mnt`;
const PROJECT = fileURLToPath(new URL('../../../..', import.meta.url));

export class Sandbox implements AsyncDisposable {
  readonly dir: string;
  readonly #child: ChildProcess;
  /** The host pid of the init process. */
  readonly init: number;

  /** @param name the engine's name, for its directory and its control groups */
  static async make(name: string): Promise<Sandbox> {
    // Short, because it has deeply nested sockets.
    const dir = await mkdtemp(join(tmpdir(), `${name[0]}-`));
    await mkdir(join(dir, 'etc'));
    const root = await rootOfEngines();
    const inner = `ip link set lo up && ${root ? `${INTO_ROOT} && ` : ''} mount -t tmpfs tmpfs /run && exec sleep infinity`;
    const namespaces = ['--net', '--mount', '--pid', '--ipc', '--uts', '--fork', '--mount-proc', '--kill-child'];
    const line = [...namespaces, 'sh', '-ec', inner, root ?? '', PROJECT, defaultCacheDir(), process.execPath];
    const child = spawn('unshare', line, { stdio: 'ignore' });
    let init = '';
    await until(async () => {
      [init = ''] = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim().split(' ');
      return init !== '' && (await readFile(`/proc/${init}/cmdline`, 'utf8')).startsWith('sleep');
    });
    return new Sandbox(dir, child, Number(init));
  }

  private constructor(dir: string, child: ChildProcess, init: number) {
    this.dir = dir;
    this.#child = child;
    this.init = init;
  }

  path(...names: string[]): string {
    return join(this.dir, ...names);
  }

  /** The command line's prefix to run a command inside. */
  get enter(): string[] {
    return ['nsenter', `--target=${this.init}`, '--net', '--mount', '--pid', '--ipc', '--uts', '--'];
  }

  /**
   * Starts a daemon inside, and waits for its socket if it has one. Its output is in the file `<name>.log`.
   *
   * @throws Error with its output, if it exits instead
   */
  async start(name: string, args: readonly string[], socket?: string): Promise<void> {
    const [nsenter = '', ...rest] = this.enter;
    const log = this.path(`${name}.log`);
    const line = [...rest, 'sh', '-c', 'exec "$@" > "$0" 2>&1', log, ...args];
    const child = spawn(nsenter, line, { stdio: 'ignore', env: this.#env });
    if (!socket) return;
    await until(() => existsSync(socket) || child.exitCode !== null);
    if (existsSync(socket)) return;
    const output = await readFile(log, 'utf8');
    await this[Symbol.asyncDispose]();
    throw new Error(`${name} exited with status ${child.exitCode}: ${output}`);
  }

  async run(args: readonly string[], options: { input?: string; stdout?: 'ignore' } = {}): Promise<CommandResult> {
    const [nsenter = '', ...rest] = this.enter;
    const { input, ...more } = options;
    const { stdout, stderr, exitCode } = await execa(nsenter, [...rest, ...args], {
      ...{ reject: false, stripFinalNewline: false, env: this.#env, extendEnv: false, ...more },
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
    });
    return { stdout: `${stdout ?? ''}`, stderr, exitCode };
  }

  get #env(): Record<string, string> {
    const { PATH = '', RUNV_CACHE = '', RUNV_DRIVER = '' } = process.env;
    // Podman 5 warns of this machine's control groups in what its containers say.
    const quiet = { PODMAN_IGNORE_CGROUPSV1_WARNING: '1' };
    return { PATH, HOME: this.dir, RUNV_CACHE, RUNV_DRIVER, TERM: 'xterm', ...quiet };
  }

  /** Creates an executable that runs runv with these flags. */
  async runtime(flags: readonly string[]): Promise<string> {
    const path = this.path('runv');
    const line = [LAUNCHER, ...flags].map((word) => `'${word}'`).join(' ');
    await execa('sh', ['-c', 'printf "%s" "$1" > "$0" && chmod 755 "$0"', path, `#!/bin/sh\nexec ${line} "$@"\n`]);
    return path;
  }

  /** The command lines of the processes inside. */
  async processes(): Promise<string[]> {
    const { stdout } = await this.run(['ps', '-eo', 'args', '--no-headers', '-ww']);
    return stdout.trim().split('\n');
  }

  /** The number of VMs inside. */
  async machines(): Promise<number> {
    return (await this.machinePids()).length;
  }

  /** The pids inside of the VMs: of the processes that a jail has started. */
  async machinePids(): Promise<string[]> {
    const all = await this.#ps();
    const jails = new Set(all.filter(({ comm }) => comm === 'runv-jail').map(({ pid }) => pid));
    return all.filter(({ parent, comm }) => jails.has(parent) && comm !== 'runv-jail').map(({ pid }) => pid);
  }

  /** The pids inside of the programs with this name, of which the kernel keeps 15 characters. */
  async pidsOf(name: string): Promise<string[]> {
    return (await this.#ps()).filter(({ comm }) => comm === name).map(({ pid }) => pid);
  }

  /** Without those that have ended, which nobody waits for here. */
  async #ps(): Promise<{ pid: string; parent: string; comm: string }[]> {
    const { stdout } = await this.run(['ps', '-eo', 'pid=,ppid=,stat=,comm=']);
    const lines = stdout.trim().split('\n');
    const all = lines.map((line) => line.trim().split(/\s+/));
    return all.flatMap(([pid = '', parent = '', stat = '', comm = '']) =>
      stat.startsWith('Z') ? [] : [{ pid, parent, comm }],
    );
  }

  async mounts(): Promise<string[]> {
    return (await this.run(['cat', '/proc/self/mountinfo'])).stdout.trim().split('\n');
  }

  async links(): Promise<string[]> {
    const links: { ifname: string }[] = JSON.parse((await this.run(['ip', '-j', 'link'])).stdout);
    return links.map(({ ifname }) => ifname);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
    await until(async () => (await readdir('/proc')).every((pid) => pid !== `${this.init}`));
    await execa('rm', ['--recursive', '--force', '--one-file-system', this.dir]);
  }
}

/** Removes an engine's control groups on the host. @param parent for example `docker` */
export async function removeCgroups(parent: string): Promise<void> {
  const root = '/sys/fs/cgroup';
  const roots = [root, ...(await readdir(root)).map((name) => join(root, name))];
  for (const dir of roots) await removeTree(join(dir, parent));
}

async function removeTree(dir: string): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(dir, entry.name));
  if (entries.length > 0) await rmdir(dir);
}

/** The control groups of containers below `parent`. */
export async function cgroupsIn(parent: string): Promise<string[]> {
  const root = '/sys/fs/cgroup';
  const dirs = [root, ...(await readdir(root)).map((name) => join(root, name))].map((dir) => join(dir, parent));
  const entries = await Promise.all(dirs.map((dir) => readdir(dir, { withFileTypes: true }).catch(() => [])));
  return entries.flat().flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}
