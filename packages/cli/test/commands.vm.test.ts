/** runv's commands as a user types them, with real VMs. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findShims } from '@runv/shim';
import { Bundles, driverUnderTest, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROGRAMS } from '../src/doctor/programs.ts';
import { endDaemon } from './support/endDaemon.ts';
import { BIN, type CommandResult, runv } from './support/runv.ts';

const OK: CommandResult = { stdout: '', stderr: '', exitCode: 0 };

let dir: string;
let root: string;
let bundles: Bundles;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-commands-'));
  root = join(dir, 'root');
  bundles = await Bundles.make();
});
afterAll(async () => {
  await endDaemon(root);
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  expect(mounts.split('\n').filter((line) => line.includes(`${dir}/`))).toEqual([]);
  await rm(dir, { recursive: true });
  await bundles[Symbol.asyncDispose]();
});

function cli(...args: string[]): Promise<CommandResult> {
  return runv(['--root', root, ...args]);
}

async function stateOf(id: string): Promise<Record<string, unknown>> {
  return JSON.parse((await cli('state', id)).stdout);
}

describe('run', () => {
  test('passes stdin, stdout, stderr and the exit code on', async () => {
    const bundle = await bundles.bundle({ args: ['sh', '-c', 'cat; echo wrong >&2; exit 7'] });
    const said = await runv(['--root', root, 'run', '-b', bundle, 'attached'], { input: 'through\n' });
    expect(said).toEqual({ stdout: 'through\n', stderr: 'wrong\n', exitCode: 7 });
    expect((await cli('list', '-q')).stdout).toBe('');
  });

  test('says in one line what is missing, and leaves nothing', async () => {
    const bundle = await bundles.bundle({ args: ['no-such-program'] });
    for (const flags of [[], ['--detach']]) {
      const { stdout, stderr, exitCode } = await cli('run', ...flags, '-b', bundle, 'missing');
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
      expect(stderr).toMatch(/^runv: .*no-such-program.*\n$/);
      expect((await cli('list', '-q')).stdout).toBe('');
    }
  });

  test('detached: a program that cannot be started is an error, and leaves nothing', async () => {
    await writeFile(join(bundles.dir, 'rootfs/bin/damaged'), '\x7fELF but no program', { mode: 0o755 });
    const bundle = await bundles.bundle({ args: ['damaged'] });
    const { stderr, exitCode } = await cli('run', '-d', '-b', bundle, 'damaged');
    expect(stderr).toMatch(/^runv: .*damaged.*\n$/);
    expect(exitCode).toBe(1);
    expect((await cli('list', '-q')).stdout).toBe('');
  });

  test('with a terminal, whose size is passed on', async () => {
    const script = 'tty; until [ "$(stty size)" = "33 111" ]; do sleep 0.05; done; exit 4';
    const bundle = await bundles.bundle({ args: ['sh', '-c', script], terminal: true });
    const line = [process.execPath, BIN, '--root', root, 'run', '-b', bundle, 'tty'].join(' ');
    const { stdout, exitCode } = await execa(
      'script',
      ['--quiet', '--return', '--command', `stty rows 33 cols 111; ${line}`, '/dev/null'],
      { reject: false, stdin: 'ignore' },
    );
    expect(stdout).toMatch(/\/dev\/(pts\/0|console)/);
    expect(exitCode).toBe(4);
  });

  test('exec: the program has the filter of system calls that the container has', async () => {
    const seccomp = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
    };
    const bundle = await bundles.bundle({ args: ['sleep', '100000'], spec: { linux: { seccomp } } });
    expect(await cli('run', '-d', '-b', bundle, 'filtered')).toEqual(OK);
    const { stdout, stderr } = await cli(
      'exec',
      'filtered',
      'sh',
      '-c',
      'grep Seccomp: /proc/self/status; mkdir /tmp/made',
    );
    expect(stdout).toBe('Seccomp:\t2\n');
    expect(stderr).toMatch(/made.*Operation not permitted/);
    expect(await cli('delete', '--force', 'filtered')).toEqual(OK);
  });

  test('--solo-namespaced: its daemon, directory and VM are gone with it', async () => {
    const bundle = await bundles.bundle({ args: ['echo', 'alone'] });
    const said = await cli('run', '--solo-namespaced', '-b', bundle, 'solo');
    expect(said).toEqual({ stdout: 'alone\n', stderr: '', exitCode: 0 });
    await until(async () => (await readdir(dir)).filter((name) => name.startsWith('runv-namespace-')).length === 0);
    await until(async () => !(await execa('ps', ['-eo', 'args', '-ww'])).stdout.includes(`${dir}/runv-namespace-`));
    expect(existsSync(join(root, 'solo'))).toBe(false);
  });
});

describe('a container that runs', () => {
  beforeAll(async () => {
    const bundle = await bundles.bundle({ args: ['sleep', '100000'], env: ['COLOR=blue'] });
    const pidFile = join(dir, 'pid');
    expect(await cli('run', '-d', '-b', bundle, '--label', 'a=b', '--pid-file', pidFile, 'web')).toEqual(OK);
    expect(await readFile(`/proc/${await readFile(pidFile, 'utf8')}/comm`, 'utf8')).toBe('sleep\n');
  });

  test('is in the list and has a state', async () => {
    const [listed] = JSON.parse((await cli('list', '--format', 'json')).stdout);
    expect(listed).toMatchObject({ id: 'web', status: 'running', pod: 'web' });
    expect((await cli('list')).stdout).toMatch(/^web +\d+ +running +\S+ +\S+ +root +web$/m);
    expect(await stateOf('web')).toMatchObject({
      ociVersion: '1.0.2',
      id: 'web',
      status: 'running',
      pid: listed.pid,
      labels: ['a=b'],
    });
  });

  test('events --stats is what it uses, in the shape of runc', async () => {
    // The clock by which a kernel measures this may count ticks of 10 ms.
    expect(await cli('exec', 'web', 'sh', '-c', 'i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done')).toEqual(OK);
    const { stdout } = await cli('events', '--stats', 'web');
    const { type, id, data } = JSON.parse(stdout);
    expect({ type, id }).toEqual({ type: 'stats', id: 'web' });
    expect(data.pids.current).toBeGreaterThan(0);
    expect(data.memory.usage.usage).toBeGreaterThan(0);
    expect(data.cpu.usage.total).toBeGreaterThan(0);
    expect((await cli('events', '--stats')).stderr).toBe(
      'runv: --stats is of one container: runv events --stats <id>\n',
    );
  });

  test('exec passes stdio, user, environment, directory and status on', async () => {
    const said = await runv(['--root', root, 'exec', 'web', 'sh', '-c', 'cat; echo wrong >&2; exit 9'], {
      input: 'in',
    });
    expect(said).toEqual({ stdout: 'in', stderr: 'wrong\n', exitCode: 9 });
    const script = 'id -u; id -g; echo $COLOR $SHAPE; pwd';
    const flags = ['-u', '1000:1001', '-e', 'SHAPE=round', '--cwd', '/tmp'];
    expect(await cli('exec', ...flags, 'web', 'sh', '-c', script)).toEqual({
      ...OK,
      stdout: '1000\n1001\nblue round\n/tmp\n',
    });
    expect((await cli('exec', 'web', 'sh', '-c', 'kill -9 $$')).exitCode).toBe(137);
  });

  test('exec ends with its program, and what that has left in the background writes on', async () => {
    const [file, go] = [join(dir, 'late'), '/tmp/go-on'];
    const script = `echo own; echo err >&2; (until [ -e ${go} ]; do sleep 0.05; done; echo late) & exit 3`;
    const exec = [process.execPath, BIN, '--root', root, 'exec', 'web', 'sh', '-c', script];
    const into = await execa('sh', ['-c', 'exec "$@" > "$0" 2>&1', file, ...exec], { reject: false });
    expect(into.exitCode).toBe(3);
    expect((await readFile(file, 'utf8')).split('\n').sort()).toEqual(['', 'err', 'own']);
    const piped = execa(exec[0] ?? '', exec.slice(1), { reject: false });
    const status = new Promise((resolve) => piped.once('exit', resolve));
    expect(await status).toBe(3);
    expect(await cli('exec', 'web', 'touch', go)).toEqual(OK);
    expect(await piped).toMatchObject({ stdout: 'own\nlate', stderr: 'err' });
    await until(async () => (await readFile(file, 'utf8')).endsWith('late\n'));
    expect((await cli('exec', 'web', 'rm', go)).exitCode).toBe(0);
  });

  test('exec names in the log what it leaves out, with the reason, and nowhere else', async () => {
    const flags = ['--apparmor', 'profile', '--process-label', 'label', '--cgroup', '/group'];
    expect(await cli('exec', ...flags, 'web', 'true')).toEqual(OK);
    const [json, text] = [join(dir, 'exec.json'), join(dir, 'exec.log')];
    expect(await cli('--log', json, '--log-format', 'json', 'exec', ...flags, 'web', 'true')).toEqual(OK);
    const lines = (await readFile(json, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      [
        "--apparmor profile is left out: the guest's kernel has no AppArmor",
        "--process-label label is left out: the guest's kernel has no SELinux",
        '--cgroup /group is left out: a container has one control group, which its programs are in',
      ].map((msg) => ({ level: 'warning', msg, time: expect.any(String) })),
    );
    expect(await cli('--log', text, 'exec', '--cgroup', '/group', 'web', 'true')).toEqual(OK);
    expect(await readFile(text, 'utf8')).toMatch(
      /^time="[^"]+" level=warning msg="--cgroup \/group is left out: .*"\n$/,
    );
  });

  test('exec of what is not there is 255, apart from what a program exits with', async () => {
    const { stdout, stderr, exitCode } = await cli('exec', 'web', 'no-such-program');
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 255 });
    expect(stderr).toMatch(/^runv: exec failed: .*no-such-program.*\n$/);
  });

  test('cannot be had twice, started again, or deleted without force', async () => {
    const bundle = await bundles.bundle({ args: ['true'] });
    expect(await cli('run', '-b', bundle, 'web')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^runv: container web exists already \(running\).*\n$/),
    });
    expect(await cli('start', 'web')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is running') });
    expect(await cli('delete', 'web')).toMatchObject({
      exitCode: 1,
      stderr: 'runv: container web is running; stop it first, or run: runv delete --force web\n',
    });
    expect(await stateOf('web')).toMatchObject({ status: 'running' });
  });

  test('what runc does and a VM does not is refused with the reason', async () => {
    const refused = async (...args: string[]) => {
      const { exitCode, stderr } = await cli(...args);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/^runv: .+\n$/);
      return stderr;
    };
    expect(await refused('checkpoint', 'web')).toContain('not yet');
    expect(await refused('restore', 'other')).toContain('not yet');
    expect(await refused('update', '--cpu-rt-runtime', '5000', 'web')).toContain('no realtime groups');
    expect(await refused('update', '--l3-cache-schema', 'L3:0=f', 'web')).toContain("no part of the host's caches");
  });

  test('is stopped by kill, which ends its metrics, stays on record, and goes by delete', async () => {
    const metrics = execa(process.execPath, [BIN, '--root', root, 'events', '--interval', '50ms', 'web']);
    const lines = createInterface({ input: metrics.stdout })[Symbol.asyncIterator]();
    for (let count = 0; count < 2; count += 1)
      expect(JSON.parse((await lines.next()).value)).toMatchObject({ type: 'stats', id: 'web' });
    expect(await cli('kill', 'web', 'KILL')).toEqual(OK);
    await until(async () => (await stateOf('web')).status === 'stopped');
    expect((await metrics).stderr).toBe('');
    expect(await stateOf('web')).toMatchObject({ pid: 0, exitStatus: 137 });
    const stderr = expect.stringContaining('web is stopped');
    expect(await cli('kill', 'web')).toMatchObject({ exitCode: 1, stderr });
    expect(await cli('exec', 'web', 'true')).toMatchObject({ exitCode: 255, stderr });
    expect(await cli('delete', 'web')).toEqual(OK);
    expect((await cli('list', '-q')).stdout).toBe('');
  });
});

test('spec --rootless is a bundle that runs, whose root is one user of a user namespace', async () => {
  expect((await cli('spec', '--help')).stdout).toContain('--rootless');
  expect(await cli('spec', '--rootless', '-b', bundles.dir)).toEqual(OK);
  const file = join(bundles.dir, 'config.json');
  const { process: shell, ...config } = JSON.parse(await readFile(file, 'utf8'));
  const args = ['sh', '-c', 'id -u; cat /proc/self/uid_map'];
  await writeFile(file, JSON.stringify({ ...config, process: { ...shell, terminal: false, args } }));
  const { stdout, stderr, exitCode } = await cli('run', '-b', bundles.dir, 'rootless');
  expect({ stdout: stdout.replace(/ +/g, ' '), stderr, exitCode }).toEqual({ ...OK, stdout: '0\n 0 0 1\n' });
});

test('create and start: the program runs only then, events tell, delete --force ends it', async () => {
  const bundle = await bundles.bundle({ args: ['sh', '-c', 'echo started; sleep 100000'] });
  const log = join(dir, 'stdout.log');
  await execa('sh', [
    '-c',
    '"$@" > "$0" 2>&1 < /dev/null',
    log,
    process.execPath,
    BIN,
    '--root',
    root,
    'create',
    '-b',
    bundle,
    'two',
  ]);
  expect(await stateOf('two')).toMatchObject({ status: 'created' });
  expect(await readFile(log, 'utf8')).toBe('');
  const events = execa(process.execPath, [BIN, '--root', root, 'events', '--since', '1', 'two'], { reject: false });
  const lines = createInterface({ input: events.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { time, ...event } = JSON.parse((await lines.next()).value);
    expect(Date.parse(time)).toBeGreaterThan(0);
    return event;
  };
  expect(await cli('start', 'two')).toEqual(OK);
  expect(await next()).toMatchObject({ type: 'start-container', id: 'two' });
  await until(async () => (await readFile(log, 'utf8')) === 'started\n');
  expect(await stateOf('two')).toMatchObject({ status: 'running' });
  expect(await cli('delete', '--force', 'two')).toEqual(OK);
  expect(await next()).toMatchObject({ type: 'exit', id: 'two', pid: 'init', status: 137 });
  events.kill('SIGINT');
  await events;
  expect((await cli('state', 'two')).exitCode).toBe(1);
});

test('doctor finds what this machine has', async () => {
  const { stdout, exitCode } = await cli('doctor', '--format', 'json');
  const findings = JSON.parse(stdout) as { what: string; level: string }[];
  expect(exitCode).toBe(0);
  const driver = await driverUnderTest();
  expect(findings.map(({ what }) => what)).toEqual([
    'Node',
    'kernel',
    'user',
    'driver',
    ...((await driver.examine?.()) ?? []).map(({ what }) => what),
    ...Object.keys(PROGRAMS),
    'guest',
    'root',
  ]);
  expect(findings.filter(({ level }) => level === 'missing')).toEqual([]);
});

test('doctor examines the driver that is named, with the options that it is given', async () => {
  const uml = await cli('--driver', 'uml', 'doctor');
  expect(uml).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^ok +driver: uml .*named by --driver uml/m),
  });
  const wrong = await cli('--driver', 'uml', '--driver-option', 'turbo=on', 'doctor');
  expect(wrong).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/^MISSING +driver: the driver 'uml' has no option 'turbo'; it has start-limit/m),
  });
});

describe('what a program has written to a file that it holds open', () => {
  const script = (file: string) => `exec 3> /${file}; seq 100000 >&3; while :; do sleep 0.05; done`;
  const linesOf = async (file: string) =>
    (await readFile(join(bundles.dir, 'rootfs', file), 'utf8').catch(() => '')).split('\n').length - 1;

  test('is on the host soon', async () => {
    const bundle = await bundles.bundle({ args: ['sh', '-c', script('soon')] });
    expect(await cli('run', '--detach', '-b', bundle, 'writer')).toEqual(OK);
    await until(async () => (await linesOf('soon')) === 100_000);
    expect(await cli('delete', '--force', 'writer')).toEqual(OK);
  });

  test('is on the host when a pause answers', async () => {
    const bundle = await bundles.bundle({ args: ['sh', '-c', script('paused')] });
    expect(await cli('run', '--detach', '-b', bundle, 'writer')).toEqual(OK);
    const written = 'test "$(tail -n 1 /paused)" = 100000';
    await until(async () => (await cli('exec', 'writer', 'sh', '-c', written)).exitCode === 0);
    expect(await cli('pause', 'writer')).toEqual(OK);
    expect(await linesOf('paused')).toBe(100_000);
    expect(await cli('delete', '--force', 'writer')).toEqual(OK);
  });
});

describe('after the daemon was killed', () => {
  test('delete --force ends the VM that goes on, and removes its mounts and files', async () => {
    const bundle = await bundles.bundle({ args: ['sleep', '1000'] });
    expect(await cli('run', '--detach', '--solo-namespaced', '-b', bundle, 'orphan')).toEqual(OK);
    const { runv: record } = JSON.parse(await readFile(join(root, 'orphan/state.json'), 'utf8'));
    process.kill(record.daemon.pid, 'SIGKILL');
    await until(() => !existsSync(`/proc/${record.daemon.pid}`));
    expect(await stateOf('orphan')).toMatchObject({ status: 'running', pid: expect.any(Number) });
    const [shim = 0] = await findShims(`${record.daemon.socket}.shim/s`, 'orphan');
    expect(await readFile(`/proc/${shim}/comm`, 'utf8')).toBe('sleep\n');
    expect(await cli('delete', 'orphan')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/runv delete --force orphan/),
    });
    expect(await cli('delete', '--force', 'orphan')).toEqual(OK);
    await until(() => !existsSync(`/proc/${record.vm.pid}`));
    await until(() => !existsSync(`/proc/${shim}`));
    expect(existsSync(record.daemon.containerdDir)).toBe(false);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(record.vm.dir);
    expect((await cli('list', '-q')).stdout).toBe('');
  });

  test('state of one whose VM has ended meanwhile starts the daemon again, which ends its shim', async () => {
    const bundle = await bundles.bundle({ args: ['sleep', '1000'] });
    expect(await cli('run', '--detach', '-b', bundle, 'over')).toEqual(OK);
    const { runv: record } = JSON.parse(await readFile(join(root, 'over/state.json'), 'utf8'));
    const [shim = 0] = await findShims(`${record.daemon.socket}.shim/s`, 'over');
    process.kill(record.daemon.pid, 'SIGKILL');
    process.kill(record.vm.pid, 'SIGKILL');
    await until(() => !existsSync(`/proc/${record.daemon.pid}`) && !existsSync(`/proc/${record.vm.pid}`));
    expect(existsSync(`/proc/${shim}`)).toBe(true);
    expect(await stateOf('over')).toMatchObject({ status: 'stopped', exitStatus: 137 });
    await until(() => !existsSync(`/proc/${shim}`));
    expect(await cli('delete', 'over')).toEqual(OK);
  });
});
