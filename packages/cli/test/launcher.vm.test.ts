/** Commands through the launcher, which delegates them to the daemon, compared with the same by Node. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findShims } from '@runv/shim';
import { Bundles, LAUNCHER, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandSocketOf, sharedSocket, shimSocketOf } from '../src/client/paths.ts';
import { endDaemon } from './support/endDaemon.ts';
import { BIN, type CommandResult, runv } from './support/runv.ts';

/** Instead of Node, so that a command that the daemon does not run fails. */
const NO_NODE = { RUNV_NODE: '/bin/false' };
const OK: CommandResult = { stdout: '', stderr: '', exitCode: 0 };

let dir: string;
let root: string;
let bundles: Bundles;
let bundle: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rv-launcher-'));
  root = join(dir, 'root');
  bundles = await Bundles.make();
  bundle = await bundles.bundle({ args: ['sleep', '1000'] });
  // The first command has no daemon yet, and starts one by Node.
  expect(await launcher(['create', '-b', bundle, 'first'], {})).toEqual(OK);
  expect(await launcher(['start', 'first'])).toEqual(OK);
});
afterAll(async () => {
  await launcher(['delete', '--force', 'first']);
  await endDaemon(root);
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  expect(mounts.split('\n').filter((line) => line.includes(`${dir}/`))).toEqual([]);
  expect(existsSync(commandSocketOf(sharedSocket(root)))).toBe(false);
  await rm(dir, { recursive: true });
  await bundles[Symbol.asyncDispose]();
});

function launcher(
  args: readonly string[],
  env: Record<string, string> = NO_NODE,
  cwd?: string,
): Promise<CommandResult> {
  return runv(['--root', root, ...args], { env, program: [LAUNCHER], ...(cwd ? { cwd } : {}) });
}

async function stateOf(id: string): Promise<Record<string, unknown>> {
  const { stdout, exitCode } = await launcher(['state', id]);
  return exitCode === 0 ? JSON.parse(stdout) : {};
}

test('a container lives and ends by the daemon alone, with a shim whose stdio the executable had', async () => {
  const said = await bundles.bundle({ args: ['sh', '-c', 'echo out; echo err >&2; sleep 1000'] });
  const [out, err] = [join(dir, 'out'), join(dir, 'err')];
  const create = [LAUNCHER, '--root', root, 'create', '-b', said, '--pid-file', 'web.pid', 'web'];
  await execa('sh', ['-c', 'out=$1 err=$2; shift 2; exec "$@" >"$out" 2>"$err"', 'sh', out, err, ...create], {
    ...{ cwd: dir, env: NO_NODE, stdin: 'ignore' },
  });
  const { pid, status } = await stateOf('web');
  expect(status).toBe('created');
  expect(await readFile(join(dir, 'web.pid'), 'utf8')).toBe(`${pid}`);
  // As with runc, it is no child of the daemon's, and has the command line of its program.
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toMatch(/^sh\0-c\0/);
  expect(await launcher(['start', 'web'])).toEqual(OK);
  await until(async () => (await readFile(out, 'utf8')) === 'out\n' && (await readFile(err, 'utf8')) === 'err\n');
  const exec = ['exec', '--detach', '--pid-file', join(dir, 'exec.pid'), 'web', 'sleep', '2000'];
  expect(await launcher(exec)).toEqual(OK);
  const executed = await readFile(join(dir, 'exec.pid'), 'utf8');
  expect(JSON.parse((await launcher(['ps', '--format', 'json', 'web'])).stdout)).toEqual([pid, Number(executed)]);
  expect(await launcher(['kill', 'web', 'KILL'])).toEqual(OK);
  await until(async () => (await stateOf('web')).status === 'stopped');
  expect(await launcher(['delete', 'web'])).toEqual(OK);
  expect(existsSync(join(root, 'web'))).toBe(false);
});

describe('says the same as by Node, and ends alike', () => {
  test.each([
    ['state', ['state', 'first']],
    ['the state of what there is not', ['state', 'nothing']],
    ['a start of what there is not', ['start', 'nothing']],
    ['a wrong flag', ['state', '--colour', 'first']],
    ['an argument too many', ['delete', 'first', 'second']],
    ['a signal that there is not', ['kill', 'first', 'BOGUS']],
    ['help', ['kill', '--help']],
    ['a bundle that there is not', ['create', '-b', 'nowhere', 'second']],
    ['a name that is taken', () => ['create', '-b', bundle, 'first']],
    ['a delete of what has not ended', ['delete', 'first']],
    ['an exec in what there is not', ['exec', '-d', 'nothing', 'true']],
    ['an exec of what there is not', ['exec', '-d', 'first', '/none']],
    ['a start of what runs', ['start', 'first']],
    ['ps', ['ps', '--format', 'json', 'first']],
    ['a delete that is content', ['delete', '--force', 'nothing']],
  ] as const)('%s', async (_what, line) => {
    const args = typeof line === 'function' ? line() : line;
    const logs = [join(dir, 'launcher.json'), join(dir, 'node.json')] as const;
    const flags = (log: string) => ['--log', log, '--log-format', 'json', '--root', 'root', ...args];
    const byLauncher = await runv(flags('launcher.json'), { env: NO_NODE, program: [LAUNCHER], cwd: dir });
    const byNode = await runv(flags('node.json'), { cwd: dir });
    expect(byLauncher).toEqual(byNode);
    expect(await messages(logs[0])).toEqual(await messages(logs[1]));
  });
});

async function messages(log: string): Promise<string[]> {
  const text = existsSync(log) ? await readFile(log, 'utf8') : '';
  await rm(log, { force: true });
  return text
    .split('\n')
    .filter((line) => line)
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
}

test.each([
  ['another umask', ['sh', '-c', 'umask 077; exec "$@"', 'sh']],
  ['another mount namespace', ['unshare', '--mount']],
  ['another pid namespace', ['unshare', '--pid', '--fork']],
])('with %s it is another place, and Node does it', async (_what, before) => {
  const [program = '', ...rest] = before;
  const line = [...rest, LAUNCHER, '--root', root, 'state', 'first'];
  const node = await execa(program, line, { env: { RUNV_NODE: '/bin/echo' } });
  expect(node.stdout).toBe(`${BIN} --root ${root} state first`);
});

test('an exec that is not detached, ps for people, and what is no command for a daemon go to Node', async () => {
  for (const args of [
    ['exec', 'first', 'true'],
    ['exec', 'first', 'sh', '-d'],
    ['ps', 'first'],
    ['list', 'state'],
  ])
    expect((await launcher(args)).exitCode).toBe(1);
});

test('a request that makes no sense ends its connection and nothing else', async () => {
  const { size } = await stat(join(root, '.daemon/daemon.log'));
  for (const bytes of [
    '',
    'GET / HTTP/1.1\r\n\r\n',
    '\x01\0\0\0\0\0\0\x02hi',
    '\x02\0\0\0\0\0\0\0',
    '\x01\0\0\0\xff\xff\xff\xff',
  ]) {
    const socket = createConnection(commandSocketOf(sharedSocket(root)));
    socket.end(Buffer.from(bytes, 'latin1'));
    socket.resume();
    await once(socket, 'close');
  }
  expect((await stateOf('first')).status).toBe('running');
  expect((await readFile(join(root, '.daemon/daemon.log'), 'utf8')).slice(size)).toMatch(/connection of a launcher/);
});

test('an executable that is killed while it creates leaves nothing', async () => {
  const socket = sharedSocket(root);
  const child = spawn(LAUNCHER, ['--root', root, 'create', '-b', bundle, 'killed'], { stdio: 'ignore', env: NO_NODE });
  await until(async () => (await findShims(shimSocketOf(socket), 'killed')).length > 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until(async () => (await findShims(shimSocketOf(socket), 'killed')).length === 0);
  await until(() => !existsSync(join(root, 'killed')));
  expect(await launcher(['create', '-b', bundle, 'killed'])).toEqual(OK);
  expect(await launcher(['delete', '--force', 'killed'])).toEqual(OK);
});

test('ten at once are done alike, each with its own directory', async () => {
  const ids = Array.from({ length: 10 }, (_, index) => `c${index}`);
  const dirs = ids.map((id) => join(dir, id));
  await Promise.all(dirs.map((path) => mkdir(path)));
  const said = await Promise.all(
    ids.map((id, index) => launcher(['create', '-b', bundle, '--pid-file', 'pid', id], NO_NODE, dirs[index])),
  );
  expect(said).toEqual(ids.map(() => OK));
  for (const id of ids) {
    const { pid, status } = await stateOf(id);
    expect([await readFile(join(dir, id, 'pid'), 'utf8'), status]).toEqual([`${pid}`, 'created']);
  }
  expect(await Promise.all(ids.map((id) => launcher(['delete', '--force', id])))).toEqual(ids.map(() => OK));
});
