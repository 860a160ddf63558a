/** `runv doctor --bundle-report`: what the one who is to help needs to see, in one file. docs/report.md says what is in it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, lstat, mkdir, mkdtemp, open, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Finding } from '@runv/hypervisor';
import { CliError } from '../base/failure.ts';
import type { Globals } from '../context/globals.ts';
import { cgroupOf } from './cgroups.ts';
import { daemonDirs } from './daemonDirs.ts';
import { host } from './host.ts';
import { mountsOf } from './mounts.ts';
import { ownProcesses } from './processes.ts';
import { readTail } from './readTail.ts';
import { findRecords, shownRecord } from './records.ts';
import { type Scrub, scrubber, secretsOf } from './secrets.ts';

/** In bytes, of each file. */
const TAIL = { log: 1 << 20, vm: 256 << 10 };
/** So many containers, and VMs of a daemon, those that were changed last. */
const MOST = { containers: 500, vms: 100, entries: 200, logs: 5 };
const NAME = 'runv-report';

/**
 * @param path of a file that is not there yet
 * @returns its size in bytes
 * @throws CliError when it is there, or cannot be written
 */
export async function writeReport(path: string, globals: Globals, findings: readonly Finding[]): Promise<number> {
  // Never through a link that somebody has put into a directory for everybody.
  const file = await open(path, 'wx', 0o600).catch((cause: Error) => {
    throw new CliError(`--bundle-report ${path} cannot be written: ${cause.message}`, { cause });
  });
  const dir = await mkdtemp(join(tmpdir(), 'runv-report-'));
  try {
    await collect(join(dir, NAME), globals, findings);
    await pack(dir, file);
    return (await file.stat()).size;
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await file.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function collect(dir: string, globals: Globals, findings: readonly Finding[]): Promise<void> {
  const found = await findRecords(globals.root, MOST.containers);
  const records = found.flatMap(({ record }) => record ?? []);
  const scrub = scrubber((await Promise.all(records.map(secretsOf))).flat());
  const put = putter(dir, scrub);
  const dirs = await daemonDirs(globals, records);
  await put('host.json', await host(globals));
  await put('doctor.json', findings);
  await put(
    'containers.json',
    found.map(({ name, record }) => ({ name, record: record && shownRecord(record) })),
  );
  const processes = await ownProcesses(dirs, new Set(records.map(({ runv }) => runv.daemon.pid)));
  await put('processes.json', processes);
  const vms = processes.filter(({ kind }) => kind === 'vm');
  await put('mounts.json', {
    host: await mountsOf('self', [globals.root, ...dirs]),
    vms: Object.fromEntries(await Promise.all(vms.map(async ({ pid }) => [pid, await mountsOf(pid)] as const))),
  });
  const cgroups = [...new Set(records.flatMap(({ runv }) => runv.cgroups ?? []))];
  await put(
    'cgroups.json',
    Object.fromEntries(await Promise.all(cgroups.map(async (one) => [one, await cgroupOf(one)] as const))),
  );
  if (globals.log) await put('log.txt', await readTail(globals.log, TAIL.log));
  for (const [index, daemonDir] of dirs.entries()) await collectDaemon(daemonDir, `daemons/${index}`, put);
}

type Put = (name: string, content: unknown) => Promise<void>;

/** Puts a text, or anything else as JSON, into the report; undefined is nothing. */
function putter(dir: string, scrub: Scrub): Put {
  return async (name, content) => {
    if (content === undefined) return;
    const text = typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`;
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, scrub(text), { mode: 0o600 });
  };
}

async function collectDaemon(dir: string, into: string, put: Put): Promise<void> {
  const entries = await listing(dir);
  if (!entries) return;
  await put(`${into}/directory.json`, { path: dir, entries });
  for (const log of ['daemon.log', 'events.log']) await put(`${into}/${log}`, await readTail(join(dir, log), TAIL.log));
  for (const vm of await latest(join(dir, 'vm'), MOST.vms)) {
    const vmDir = join(dir, 'vm', vm);
    await put(`${into}/vm/${vm}/directory.json`, { path: vmDir, entries: await listing(vmDir) });
    for (const log of await logsIn(vmDir))
      await put(`${into}/vm/${vm}/${log}`, await readTail(join(vmDir, log), TAIL.vm));
  }
}

/** The names of its logs: the console's, and what its driver may have. */
async function logsIn(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  return names.filter((name) => /^[a-z-]+\.log$/.test(name)).slice(0, MOST.logs);
}

/** What is in a directory, and not what is below; undefined where it is not there. */
async function listing(dir: string): Promise<object[] | undefined> {
  const names = await readdir(dir).catch(() => undefined);
  return names && (await Promise.all(names.slice(0, MOST.entries).map((name) => entryOf(dir, name))));
}

async function entryOf(dir: string, name: string): Promise<object> {
  const found = await lstat(join(dir, name)).catch(() => undefined);
  return { name, mode: found?.mode.toString(8), uid: found?.uid, size: found?.size, changed: found?.mtime };
}

/** The names of VMs are ours; others are passed over. */
async function latest(dir: string, most: number): Promise<string[]> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => /^[a-z0-9]+$/.test(name));
  const times = await Promise.all(
    names.map(async (name) => ({
      name,
      time: await stat(join(dir, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    })),
  );
  return times
    .sort((a, b) => b.time - a.time)
    .slice(0, most)
    .map(({ name }) => name);
}

async function pack(dir: string, file: FileHandle): Promise<void> {
  const args = ['--create', '--gzip', '--owner=root:0', '--group=root:0', '--directory', dir, NAME];
  const tar = spawn('tar', args, { stdio: ['ignore', file.fd, 'pipe'] });
  let said = '';
  tar.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [status] = await once(tar, 'close').catch((cause: Error) => {
    throw new CliError(`tar cannot be run: ${cause.message}; on Debian: apt-get install tar`, { cause });
  });
  if (status !== 0) throw new CliError(`tar failed (${status}): ${said.trim()}`);
}
