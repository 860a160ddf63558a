// The executable against a daemon that does what it is told to; Node is a script that says that it was started.
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exit, fakeDaemon, frame, startShim, TYPE } from './support/fakeDaemon.ts';

const packageDir = fileURLToPath(new URL('..', import.meta.url));
const BUILDS = [
  ['static', 'runv'],
  ['sanitized', 'runv-host'],
] as const;
const BY_NODE = { stdout: expect.stringMatching(/^node: \/.*\/bin\.js /), stderr: '', exitCode: 7 };

let dir: string;

beforeAll(async () => {
  await execa('make', ['-C', join(packageDir, 'c'), 'all', 'host']);
}, 120_000);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-launcher-'));
  await writeFile(join(dir, 'node'), '#!/bin/sh\necho "node: $*"\nexit 7\n');
  await chmod(join(dir, 'node'), 0o755);
  await writeFile(join(dir, 'bin.js'), '');
  await mkdir(join(dir, 'root/.daemon'), { recursive: true });
});
afterEach(() => rm(dir, { recursive: true }));

describe.each(BUILDS)('the %s executable', (_name, file) => {
  async function run(args: readonly string[], options: { env?: Record<string, string>; cwd?: string } = {}) {
    const path = join(dir, 'runv');
    await copyFile(join(packageDir, 'dist', file), path);
    const { stdout, stderr, exitCode } = await execa(path, args, {
      ...{ reject: false, stdin: 'ignore', maxBuffer: 1 << 26, stripFinalNewline: false },
      ...options,
      env: { RUNV_NODE: join(dir, 'node'), ...options.env },
    });
    return { stdout, stderr, exitCode };
  }
  const toDaemon = (...command: string[]) => run(['--root', join(dir, 'root'), ...command]);
  const listen = (...answers: Buffer[]) => fakeDaemon(join(dir, 'root/.daemon/runv.sock.cli'), answers);

  test('says what the daemon says, and ends with its status', async () => {
    const [out, err] = [Buffer.from('{"id":"web"}\n'), Buffer.from('runv: a note\n')];
    const answer = [frame(TYPE.begun, 0), frame(TYPE.output, 1, out), frame(TYPE.output, 2, err), exit(3)];
    await using daemon = await listen(Buffer.concat(answer));
    expect(await toDaemon('state', 'web')).toEqual({ stdout: `${out}`, stderr: `${err}`, exitCode: 3 });
    const [request] = daemon.heard;
    expect(request?.type).toBe(1);
    expect(request?.payload.readUInt32BE(0)).toBe(1);
    const [fingerprint, cwd, ...args] = request?.payload.toString('utf8', 12).split('\0') ?? [];
    expect(fingerprint).toMatch(
      /^mnt:\[\d+\] pid:\[\d+\] user:\[\d+\] root:\d+:\d+ user:\d+:\d+ umask:\d+ bin:\d+:\d+:\d+\.\d{9}$/,
    );
    expect(cwd).toBe(process.cwd());
    expect(args).toEqual(['--root', join(dir, 'root'), 'state', 'web', '']);
  });

  test.each([
    ['nobody listens', undefined],
    ['the daemon closes the connection', []],
    ['the daemon declines', [frame(TYPE.declined, 0, Buffer.from('not me'))]],
    ['the daemon says nothing', [Buffer.alloc(0)]],
    ['the daemon says half a frame', [exit(0).subarray(0, 10)]],
    ['the daemon says nonsense', [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]],
    ['a frame is of no known type', [frame(99, 0)]],
    ['a status is none', [exit(256)]],
  ])('Node runs the command where %s', async (_what, answers) => {
    await using _ = answers && (await listen(...answers));
    expect(await toDaemon('state', 'web')).toEqual(BY_NODE);
  });

  test.each([
    ['a command for no daemon', ['list']],
    ['an exec that is waited for', ['exec', 'web', 'true']],
    ['a daemon of its own', ['create', '--solo-namespaced', 'web']],
    ['no command', []],
    ['a flag that is not known', ['--colour', 'state', 'web']],
    ['a flag without its value', ['--log']],
  ])('%s goes to Node at once', async (_what, args) => {
    await using daemon = await listen(exit(0));
    expect(await toDaemon(...args)).toEqual(BY_NODE);
    expect(daemon.heard).toEqual([]);
  });

  test('a request that is too long goes to Node', async () => {
    await using _ = await listen(exit(0));
    const words = Array.from({ length: 12 }, () => 'x'.repeat(100_000));
    expect((await toDaemon('kill', ...words)).exitCode).toBe(7);
  });

  test.each([
    ['--root=DIR', (root: string) => [`--root=${root}`]],
    ['--daemon SOCKET', (root: string) => ['--daemon', `${root}/.daemon/runv.sock`]],
    ['flags of other concerns', (root: string) => ['--debug', '--log', 'state', '--log-format=json', '--root', root]],
  ])('finds the daemon by %s', async (_what, flags) => {
    await using _ = await listen(exit(0));
    expect(await run([...flags(join(dir, 'root')), 'delete', 'web'])).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  });

  test('once a command has begun it is not done twice', async () => {
    for (const more of [Buffer.alloc(0), frame(99, 0), frame(TYPE.declined, 0), startShim(9, '/bin/true', 'true')]) {
      await using _ = await listen(Buffer.concat([frame(TYPE.begun, 0), more]));
      const { stdout, stderr, exitCode } = await toDaemon('start', 'web');
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
      expect(stderr).toMatch(/^runv: the daemon has .*\n$/);
    }
  });

  test('passes on much', async () => {
    const chunk = frame(TYPE.output, 1, Buffer.alloc(1 << 20, 'x'));
    await using _ = await listen(Buffer.concat([...Array.from({ length: 8 }, () => chunk), exit(0)]));
    expect((await toDaemon('state', 'web')).stdout).toHaveLength(8 << 20);
  });

  test('a closed reader does not change the status', async () => {
    const chunk = frame(TYPE.output, 1, Buffer.alloc(1 << 20, 'x'));
    await using _ = await listen(Buffer.concat([chunk, exit(5)]));
    await copyFile(join(packageDir, 'dist', file), join(dir, 'runv'));
    const line = '{ "$0" --root "$1" state web; echo $? > "$2"; } | true; cat "$2"';
    const args = ['-c', `${line}`, join(dir, 'runv'), join(dir, 'root'), join(dir, 'status')];
    expect((await execa('bash', args)).stdout).toBe('5');
  });

  test('starts a shim with the stdio, the environment and the arguments that it has, and says what that reports', async () => {
    const script = 'printf "ok %s %s %s\\n" "$0" "$1" "$COLOUR" >&3; exec 3>&-; echo out; echo err >&2';
    const shim = startShim(5, '/bin/sh', 'sh', '-c', script, 'web', 'two words', 'COLOUR=red');
    await using daemon = await listen(shim, exit(0));
    expect(await toDaemon('create', 'web')).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 0 });
    expect(daemon.heard.map(({ type }) => type)).toEqual([1, 2]);
    expect(`${daemon.heard[1]?.payload}`).toBe('ok web two words red\n');
  });

  test('a shim that is not there is a line for the daemon', async () => {
    await using daemon = await listen(startShim(1, '/none', 'none'), exit(1));
    expect((await toDaemon('create', 'web')).exitCode).toBe(1);
    expect(`${daemon.heard[1]?.payload}`).toBe('/none cannot be run: No such file or directory\n');
  });

  test('is found through a symlink, and says what to do where there is no Node', async () => {
    await copyFile(join(packageDir, 'dist', file), join(dir, 'runv'));
    await mkdir(join(dir, 'bin'));
    await symlink('../runv', join(dir, 'bin/linked'));
    const env = { RUNV_NODE: join(dir, 'node') };
    const { stdout } = await execa(join(dir, 'bin/linked'), ['list'], { reject: false, env });
    expect(stdout).toBe(`node: ${join(dir, 'bin.js')} list`);
    const { stderr, exitCode } = await run(['list'], { env: { RUNV_NODE: '/none' } });
    expect({ stderr, exitCode }).toEqual({
      stderr:
        'runv: /none cannot be run: No such file or directory; install Node 20.19 or newer, or name one by RUNV_NODE\n',
      exitCode: 1,
    });
  });
});
