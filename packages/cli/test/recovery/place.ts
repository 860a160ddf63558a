/** A root whose daemon may be killed at any moment, and what is to be seen of it. */
import { createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type RunvClient } from '@runv/api';
import { startOf } from '@runv/supervisor';
import { type BundleOptions, Bundles, LAUNCHER, until } from '@runv/testkit';
import { execa } from 'execa';
import { sharedDaemonDir, sharedSocket } from '../../src/client/paths.ts';
import { type CommandResult, runv } from '../support/runv.ts';

export interface Place extends AsyncDisposable {
  readonly dir: string;
  readonly root: string;
  bundle(options: BundleOptions): Promise<string>;
  /** A command of the launcher, which has another process run it where no daemon answers. */
  runv(...args: readonly string[]): Promise<CommandResult>;
  /** The same, whose stdout is the file `name`. */
  runvInto(name: string, ...args: readonly string[]): Promise<number | undefined>;
  /** What is in that file so far. */
  said(name: string): Promise<string>;
  state(id: string): Promise<Record<string, unknown>>;
  /** The pid of the daemon that answers. */
  daemonPid(): Promise<number>;
  /** Kills the daemon as nobody can prevent. */
  kill(): Promise<void>;
  client(): RunvClient;
  /** The events of one container in the log, as `type pid status`. */
  events(id: string): Promise<string[]>;
  /** What the daemons have logged. */
  log(): Promise<string>;
  /** The processes, directories and mounts that belong to the root. */
  leftovers(): Promise<string[]>;
}

export async function makePlace(): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'rv-kill-'));
  const root = join(dir, 'root');
  const bundles = await Bundles.make();
  const socket = sharedSocket(root);
  const flags = ['--root', root, '--default_cpus', '1', '--default_memory', '128'];
  const place: Place = {
    dir,
    root,
    bundle: (options) => bundles.bundle(options),
    runv: (...args) => runv([...flags, ...args], { program: [LAUNCHER] }),
    async runvInto(name, ...args) {
      const out = createWriteStream(join(dir, name));
      await new Promise((resolve) => out.once('open', resolve));
      const errors = createWriteStream(join(dir, `${name}.err`));
      await new Promise((resolve) => errors.once('open', resolve));
      const { exitCode } = await execa(LAUNCHER, [...flags, ...args], {
        ...{ reject: false, stdin: 'ignore', stdout: out, stderr: errors },
      });
      return exitCode;
    },
    said: (name) => readFile(join(dir, name), 'utf8'),
    async state(id) {
      const { stdout, exitCode } = await place.runv('state', id);
      return exitCode === 0 ? JSON.parse(stdout) : {};
    },
    async daemonPid() {
      const client = connect(socket);
      try {
        return (await client.info({})).pid;
      } finally {
        client.close();
      }
    },
    async kill() {
      const pid = await place.daemonPid();
      process.kill(pid, 'SIGKILL');
      await until(() => startOf(pid) === undefined);
    },
    client: () => connect(socket),
    async events(id) {
      const names = (await readdir(sharedDaemonDir(root)).catch((): string[] => [])).filter((name) =>
        /^events\.log(\.\d+-\d+)?$/.test(name),
      );
      const texts = await Promise.all(names.sort().map((name) => readFile(join(sharedDaemonDir(root), name), 'utf8')));
      const lines = texts.join('').split('\n').filter(Boolean);
      const events = lines.map(
        (line) => JSON.parse(line) as { id: string; type: string; pid?: string; status?: number },
      );
      return events
        .filter((event) => event.id === id)
        .map(({ type, pid, status }) =>
          [type, ...(pid ? [pid] : []), ...(type === 'exit' ? [status ?? 0] : [])].join(' '),
        );
    },
    log: () => readFile(join(sharedDaemonDir(root), 'daemon.log'), 'utf8'),
    async leftovers() {
      const { stdout } = await execa('ps', ['-eo', 'pid,stat,args', '-ww']);
      const processes = stdout.split('\n').filter((line) => line.includes(`${root}/`) && !/^ *\d+ Z/.test(line));
      const daemon = existsSync(socket) ? [`${await place.daemonPid().catch(() => 0)}`] : [];
      const vms = await readdir(join(sharedDaemonDir(root), 'vm')).catch(() => []);
      const records = (await readdir(root)).filter((name) => name !== '.daemon');
      const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.includes(root));
      return [
        ...processes.filter((line) => !daemon.includes(line.trim().split(' ')[0] ?? '')),
        ...[...vms, ...records, ...mounts],
      ];
    },
    async [Symbol.asyncDispose]() {
      const pid = await place.daemonPid().catch(() => undefined);
      if (pid !== undefined) {
        process.kill(pid, 'SIGTERM');
        await until(() => startOf(pid) === undefined);
      }
      const left = await place.leftovers();
      await rm(dir, { recursive: true, force: true });
      await bundles[Symbol.asyncDispose]();
      if (left.length > 0) throw new Error(`left behind:\n${left.join('\n')}`);
    },
  };
  return place;
}
