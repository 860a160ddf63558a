/** The processes of runv's: daemons, VMs, shims, and the small programs beside them. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

export interface OwnProcess {
  readonly pid: number;
  readonly kind: 'daemon' | 'vm' | 'helper';
  readonly exe: string;
  readonly status: Readonly<Record<string, string>>;
  readonly cgroup: string;
  /** Of a VM whole, of a daemon the flags below, of others nothing: a shim's are those of the program in the container. */
  readonly command: readonly string[] | undefined;
}

const JAIL = 'runv-jail';
const HELPERS = ['runv', 'runv-shim', JAIL, 'runv-loopback', 'runv-notify', 'runv-seccomp', 'runv-spawner'];
/** Flags of a daemon whose values are no secrets. */
const FLAGS =
  /^--(root|driver|kernel|initrd|default[_-](cpus|memory)|template|factory|boot-timeout|log|log-level|containerd-dir|state-dir|listen|idle-exit|metrics|events-[\w-]+)$/;
const STATUS = ['PPid', 'State', 'Threads', 'VmRSS', 'VmSwap', 'FDSize', 'Seccomp', 'NoNewPrivs'];

/** @param dirs absolute paths of daemons' directories: a hypervisor whose command line names one of them is ours */
export async function ownProcesses(dirs: readonly string[], daemons: ReadonlySet<number>): Promise<OwnProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => examine(pid, dirs, daemons)));
  return found.filter((one) => one !== undefined);
}

async function examine(
  pid: number,
  dirs: readonly string[],
  daemons: ReadonlySet<number>,
): Promise<OwnProcess | undefined> {
  const exe = await exeOf(pid);
  const words = (await contentOf(pid, 'cmdline')).split('\0').slice(0, -1);
  const lines = (await contentOf(pid, 'status')).split('\n').map((line) => line.split(/:\s*/, 2));
  const parent = Number(lines.find(([name]) => name === 'PPid')?.[1]);
  // A hypervisor may have processes of its own below it.
  const isJailed =
    dirs.some((dir) => words.some((word) => word.includes(`${dir}/`))) && programOf(await exeOf(parent)) === JAIL;
  const kind = kindOf(pid, programOf(exe), words, isJailed, daemons);
  if (!kind) return undefined;
  const command = kind === 'vm' ? words : kind === 'daemon' ? shownFlags(words) : undefined;
  const status = Object.fromEntries(lines.filter(([name = '']) => STATUS.includes(name)));
  return { pid, kind, exe, status, cgroup: (await contentOf(pid, 'cgroup')).trim(), command };
}

function kindOf(
  pid: number,
  program: string,
  words: readonly string[],
  isJailed: boolean,
  daemons: ReadonlySet<number>,
): OwnProcess['kind'] | undefined {
  if (isJailed) return 'vm';
  // A pid may have become another's since it was recorded.
  if (daemons.has(pid) && words.some((word) => basename(word) === 'bin.js')) return 'daemon';
  return HELPERS.includes(program) ? 'helper' : undefined;
}

async function exeOf(pid: number): Promise<string> {
  return await readlink(`/proc/${pid}/exe`).catch(() => '');
}

function programOf(exe: string): string {
  return basename(exe.replace(/ \(deleted\)$/, ''));
}

function shownFlags(words: readonly string[]): string[] {
  return words.flatMap((word, index) => (FLAGS.test(word) ? [word, words[index + 1] ?? ''] : []));
}

async function contentOf(pid: number, file: string): Promise<string> {
  return await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
