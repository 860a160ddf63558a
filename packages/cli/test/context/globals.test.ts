import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { processContext } from '../../src/client/processContext.ts';
import { daemonFlags, type Globals, globalsOf } from '../../src/context/globals.ts';
import { build } from '../../src/main.ts';

async function globals(...flags: string[]): Promise<Globals> {
  const context = processContext();
  const program = await build([], context);
  let found: Globals | undefined;
  program.command('probe').action((_flags: object, command) => {
    found = globalsOf(command, context);
  });
  await program.parseAsync([...flags, 'probe'], { from: 'user' });
  if (!found) throw new Error('the command did not run');
  return found;
}

describe('the flags before the command', () => {
  test('have the defaults of runv 0.6 where they are not given', async () => {
    expect(await globals()).toEqual({
      root: '/run/runv',
      driver: '',
      driverOptions: {},
      kernel: undefined,
      initrd: undefined,
      cpus: 1,
      memoryMiB: 128,
      mostMemoryMiB: Math.floor(totalmem() / 2 ** 21),
      template: undefined,
      bootTimeoutS: 60,
      log: undefined,
      systemdCgroup: false,
      daemon: undefined,
      logLevel: 'warn',
    });
  });

  test('may be written with an underscore and with a hyphen', async () => {
    expect(await globals('--default_cpus', '3', '--default_memory', '512')).toMatchObject({ cpus: 3, memoryMiB: 512 });
    expect(await globals('--default-cpus', '3', '--default-memory', '512')).toMatchObject({ cpus: 3, memoryMiB: 512 });
    expect(await globals('--default_cpus=4', '--default-memory=64')).toMatchObject({ cpus: 4, memoryMiB: 64 });
    for (const flag of ['--max_memory', '--max-memory'])
      expect(await globals(flag, '300')).toMatchObject({ memoryMiB: 128, mostMemoryMiB: 300 });
  });

  test('name files wherever the command is run', async () => {
    expect(
      await globals('--kernel', 'k', '--initrd', 'i', '--log', 'l', '--root', 'r', '--template', 't'),
    ).toMatchObject({
      kernel: resolve('k'),
      initrd: resolve('i'),
      log: resolve('l'),
      root: resolve('r'),
      template: resolve('t'),
    });
    expect(await globals('--driver', './d')).toMatchObject({ driver: resolve('d') });
    expect(await globals('--driver', '..')).toMatchObject({ driver: resolve('..') });
    expect(await globals('--driver', '@me/driver')).toMatchObject({ driver: '@me/driver' });
  });

  test('reach a daemon that a command starts', async () => {
    const given = ['--default-cpus', '2', '--default-memory', '64', '--kernel', '/k', '--initrd', '/i', '--debug'];
    const options = ['--driver-option', 'a=b=c', '--driver-option', 'empty='];
    const all = await globals(
      ...given,
      ...options,
      '--driver',
      'qemu',
      '--log',
      '/l',
      '--root',
      '/r',
      '--boot-timeout',
      '7.5',
    );
    expect(all.driverOptions).toEqual({ a: 'b=c', empty: '' });
    // The log of a command is not the daemon's.
    expect(await globals(...daemonFlags(all))).toEqual({ ...all, log: undefined });
    const none = await globals();
    expect(await globals(...daemonFlags(none))).toEqual(none);
  });
});
