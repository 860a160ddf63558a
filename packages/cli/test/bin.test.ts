/** The command line where no daemon is needed: what it prints, where, and with which exit code. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBundle } from '@runv/oci';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { BIN, runv, tempDir } from './support/runv.ts';

const COMMANDS = 'run create start exec state list kill delete events spec version doctor containerd daemon'.split(' ');

describe('help', () => {
  test('ends quietly when nobody reads it any more', async () => {
    // Descriptor 3 is a pipe whose reader has ended.
    const script = 'exec 3> >(:); wait $!; exec node "$0" --help >&3';
    const ended = await execa('bash', ['-c', script, BIN], { reject: false });
    expect(ended).toMatchObject({ exitCode: 141, stderr: '' });
  });

  test('names every command and gives examples', async () => {
    const { stdout, stderr, exitCode } = await runv(['--help']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} .*\\w`, 'm'));
    for (const flag of [
      '--kernel',
      '--initrd',
      '--driver',
      '--default_cpus',
      '--default_memory',
      '--template',
      '--root',
    ])
      expect(stdout).toContain(flag);
    expect(stdout).toContain('Examples:');
  });

  test.each(COMMANDS)('of %s says what it does, with which flags', async (command) => {
    const { stdout, stderr, exitCode } = await runv([command, '--help']);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatch(new RegExp(`^Usage: runv ${command}`));
    expect(stdout).toMatch(/^ +-h, --help/m);
  });
});

describe('a wrong command line is exit code 1 and one line', () => {
  test.each([
    ['a command that there is not', ['lst'], /^runv: unknown command 'lst'/],
    ['a flag that there is not', ['--colour', 'list'], /^runv: unknown option '--colour'/],
    ["a command's flag that there is not", ['list', '--colour'], /^runv: unknown option '--colour'/],
    ['an argument that is missing', ['state'], /^runv: missing required argument 'id'/],
    ['an argument too many', ['state', 'a', 'b'], /^runv: too many arguments/],
    ['a number out of range', ['--default_memory', '1', 'list'], /^runv: .*--default_memory.*from 32/],
    ['a format that there is not', ['list', '--format', 'xml'], /^runv: .*table, json/],
    ['a signal that there is not', ['kill', 'x', 'BOGUS'], /^runv: .*BOGUS is no signal/],
    [
      'a timeline of no known format',
      ['run', '--timeline', 'start.png', 'x'],
      /^runv: .*start\.png.*\.svg or in \.json/,
    ],
    [
      'a timeline that cannot be written',
      ['run', '--timeline', '/nowhere/start.svg', 'x'],
      /^runv: .*\/nowhere\/start/,
    ],
    ['a user by name', ['exec', '-u', 'root', 'x', 'true'], /^runv: .*<uid>/],
  ])('%s', async (_, args, line) => {
    const { stdout, stderr, exitCode } = await runv(args);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('without a container', () => {
  test.each(['state', 'start', 'kill', 'delete', 'events'])('%s of one says that there is none', async (command) => {
    await using root = await tempDir();
    const { stdout, stderr, exitCode } = await runv(['--root', root.path, command, 'web']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toBe(`runv: container "web" does not exist in ${root.path}; runv list shows those there are\n`);
  });

  test('delete --force is content', async () => {
    await using root = await tempDir();
    expect(await runv(['--root', root.path, 'delete', '--force', 'web'])).toEqual({
      stdout: '',
      stderr: '',
      exitCode: 0,
    });
  });

  test('list is empty, in each of its formats', async () => {
    await using root = await tempDir();
    const list = async (...flags: string[]) => await runv(['--root', root.path, 'list', ...flags]);
    expect((await list()).stdout).toMatch(/^ID +PID +STATUS.*\n$/);
    expect(await list('--format', 'json')).toEqual({ stdout: '[]\n', stderr: '', exitCode: 0 });
    expect(await list('--quiet')).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  });

  test('run and create without a bundle say so, and start no daemon', async () => {
    await using root = await tempDir();
    for (const command of ['run', 'create']) {
      const { stderr, exitCode } = await runv(['--root', root.path, command, '-b', '/nowhere', 'web']);
      expect(stderr).toMatch(/^runv: \/nowhere: there is no such bundle.*\n$/);
      expect(exitCode).toBe(1);
    }
    expect(existsSync(join(root.path, '.daemon'))).toBe(false);
  });
});

test('spec writes a bundle that is valid, once', async () => {
  await using dir = await tempDir();
  expect(await runv(['spec'], { cwd: dir.path })).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  await mkdir(join(dir.path, 'rootfs'));
  const { spec } = await readBundle(dir.path);
  expect(spec.process.args).toEqual(['sh']);
  const before = await readFile(join(dir.path, 'config.json'), 'utf8');
  const { stderr, exitCode } = await runv(['spec', '-b', dir.path]);
  expect(stderr).toMatch(/config\.json exists already; remove it first\n$/);
  expect(exitCode).toBe(1);
  expect(await readFile(join(dir.path, 'config.json'), 'utf8')).toBe(before);
});

test('version says which, for people and for programs', async () => {
  const { stdout } = await runv(['version']);
  expect(stdout).toMatch(/^runv version \d+\.\d+\.\d+\nspec version \d+\.\d+\.\d+\nnode version v\d+.*\n$/);
  const json = JSON.parse((await runv(['version', '--format', 'json'])).stdout);
  expect(Object.keys(json)).toEqual(['runv', 'spec', 'node']);
  expect((await runv(['--version'])).stdout).toBe(`runv version ${json.runv}\n`);
});

test('a working directory that was removed is in the way of nothing but paths below it', async () => {
  await using dir = await tempDir();
  const inRemoved = async (...args: string[]) => {
    const script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"';
    const line = [process.execPath, BIN, '--root', dir.path, ...args];
    const { stdout, stderr } = await execa('sh', ['-c', script, join(dir.path, 'removed'), ...line], { reject: false });
    return { stdout, stderr };
  };
  expect(await inRemoved('list', '-q')).toEqual({ stdout: '', stderr: '' });
  expect((await inRemoved('run', 'web')).stderr).toMatch(/^runv: .*: there is no such bundle$/);
});

test("a driver of somebody else's is loaded from its path", async () => {
  await using dir = await tempDir();
  const [driver, file] = [join(dir.path, 'driver.mjs'), join(dir.path, 'image')];
  await writeFile(
    driver,
    "export const createDriver = () => { throw new Error('no machine in ' + import.meta.url); };",
  );
  await writeFile(file, '');
  const flags = ['--root', dir.path, '--driver', driver, '--kernel', file, '--initrd', file];
  const { stderr, exitCode } = await runv([...flags, 'containerd']);
  expect({ stderr, exitCode }).toEqual({ stderr: `runv: no machine in file://${driver}\n`, exitCode: 1 });
});
