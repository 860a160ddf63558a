/** Requests of clients, however large, unusual or wrong. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { Bundles, Daemon, Fifos, runContainer, runExec, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ALL_BYTES = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1));

describe('requests', () => {
  let bundles: Bundles;
  let daemon: Daemon;
  beforeAll(async () => {
    bundles = await Bundles.make();
    daemon = await Daemon.start();
    await daemon.client.createContainer({ id: 'pod', bundlePath: await bundles.bundle({ args: ['sleep', '100000'] }) });
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    await bundles[Symbol.asyncDispose]();
  });

  test('defect 11: an environment of 100 KB', async () => {
    const value = 'v'.repeat(100);
    const env = Array.from({ length: 1000 }, (_, index) => `NAME_${index}=${value}`);
    const bundle = await bundles.bundle({ args: ['sh', '-c', 'env | grep -c ^NAME_.*=v'], env, sharedWith: 'pod' });
    expect((await runContainer(daemon, 'env', bundle)).stdout.toString()).toBe('1000\n');
  });

  test('1,000 arguments, in a container and in an exec', async () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => `${index}`);
    const expected = `${numbers.join('\n')}\n`;
    const args = ['printf', '%s\\n', ...numbers];
    const { stdout } = await runContainer(daemon, 'args', await bundles.bundle({ args, sharedWith: 'pod' }));
    expect(stdout.toString()).toBe(expected);
    expect((await runExec(daemon, 'pod', { pid: 'args', args })).stdout.toString()).toBe(expected);
  });

  test('an argument with every byte but 0, as bytes that are no UTF-8', async () => {
    // U+DC80 to U+DCFF stand for the raw bytes, and the bundle is written with these.
    const argument = Array.from(ALL_BYTES, (byte) => String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)).join('');
    const bundle = await bundles.bundle({ args: ['printf', '%s', argument], sharedWith: 'pod' });
    expect((await runContainer(daemon, 'bytes', bundle)).stdout).toEqual(ALL_BYTES);
  });

  test('an argument with every character from U+0001 to U+00FF, in an exec', async () => {
    const argument = ALL_BYTES.toString('latin1');
    const { stdout } = await runExec(daemon, 'pod', { pid: 'characters', args: ['printf', '%s', argument] });
    expect(stdout.toString()).toBe(argument);
  });

  describe('what is wrong is said in one line, and nothing is left', () => {
    const wrong: Record<string, { make: () => Promise<string>; code: status; message: RegExp }> = {
      'defect 10: a command that the image does not have': {
        make: () => bundles.bundle({ args: ['no-such-program'] }),
        code: status.INVALID_ARGUMENT,
        message: /no-such-program.*not found in \$PATH/,
      },
      'a command that the image does not have, in a pod that runs': {
        make: () => bundles.bundle({ args: ['/bin/none'], sharedWith: 'pod' }),
        code: status.INVALID_ARGUMENT,
        message: /\/bin\/none.*no such file/,
      },
      'a rootfs that is missing': {
        make: () => bundles.bundle({ args: ['true'], spec: { root: { path: '/nowhere/rootfs' } } }),
        code: status.INVALID_ARGUMENT,
        message: /\/nowhere\/rootfs/,
      },
      'a config.json that is no JSON': {
        make: async () => {
          const bundle = await bundles.bundle({ args: ['true'] });
          await writeFile(join(bundle, 'config.json'), '{\n  "ociVersion": oops\n}');
          return bundle;
        },
        code: status.INVALID_ARGUMENT,
        message: /config\.json: line 2/,
      },
      'no bundle': {
        make: async () => '/nowhere',
        code: status.INVALID_ARGUMENT,
        message: /\/nowhere: there is no such bundle/,
      },
      'a pod that does not exist': {
        make: () => bundles.bundle({ args: ['true'], sharedWith: 'nobody' }),
        code: status.NOT_FOUND,
        message: /container nobody/,
      },
    };

    for (const [name, { make, code, message }] of Object.entries(wrong)) {
      test(name, async () => {
        const before = { events: await daemon.events(), left: await daemon.leftovers() };
        const failure = await daemon.client
          .createContainer({ id: 'wrong', bundlePath: await make() })
          .catch((error) => error);
        expect(failure.code).toBe(code);
        expect(failure.details).toMatch(message);
        expect(failure.details).not.toContain('\n');
        expect(existsSync(join(daemon.stateDir, 'wrong'))).toBe(false);
        expect(await daemon.events()).toEqual(before.events);
        await until(async () => (await daemon.leftovers()).length === before.left.length);
      });
    }

    for (const id of ['../x', '', 'i'.repeat(300), '.daemon', 'a/b', '..', 'sp ace']) {
      test(`defect 12: the id ${JSON.stringify(id.slice(0, 20))}`, async () => {
        const outside = await readdir(daemon.dir);
        const bundlePath = await bundles.bundle({ args: ['true'] });
        const failure = await daemon.client.createContainer({ id, bundlePath }).catch((error) => error);
        expect(failure.code).toBe(status.INVALID_ARGUMENT);
        expect(failure.details).toMatch(/container id/);
        expect(await readdir(daemon.dir)).toEqual(outside);
        expect(await readdir(daemon.stateDir)).toEqual(['pod']);
      });
    }

    test('a missing command, a used name and no name for an exec', async () => {
      const add = (request: Parameters<typeof daemon.client.addProcess>[0]) =>
        daemon.client.addProcess(request).catch((error) => error);
      expect((await add({ id: 'pod', pid: 'e', args: ['none'] })).details).toMatch(/none.*not found in \$PATH/);
      expect((await add({ id: 'pod', pid: 'init', args: ['true'] })).code).toBe(status.ALREADY_EXISTS);
      expect((await add({ id: 'pod', pid: '', args: ['true'] })).code).toBe(status.INVALID_ARGUMENT);
      expect((await add({ id: 'pod', pid: 'e', args: [] })).code).toBe(status.INVALID_ARGUMENT);
      expect((await add({ id: 'nobody', pid: 'e', args: ['true'] })).code).toBe(status.NOT_FOUND);
      const state = await daemon.client.state({ id: 'pod' });
      expect(state.containers[0]?.processes.map(({ pid }) => pid)).toEqual(['init']);
    });

    test('a signal that is none, and one for a process that is not there', async () => {
      const signal = (request: object) => daemon.client.signal(request).catch((error) => error);
      expect((await signal({ id: 'pod', pid: 'init', signal: 1000 })).code).toBe(status.INVALID_ARGUMENT);
      expect((await signal({ id: 'pod', pid: 'gone', signal: 9 })).code).toBe(status.NOT_FOUND);
      expect(await signal({ id: 'pod', pid: 'init', signal: 0 })).toEqual({});
    });

    test.each(['stdin', 'stdout', 'stderr'])('a path for %s that is none, in a create and in an exec', async (name) => {
      const path = join(bundles.dir, 'nothing');
      const details = new RegExp(`^the ${name} path cannot be opened: .*${path}`);
      const refused = { code: status.INVALID_ARGUMENT, details: expect.stringMatching(details) };
      const bundlePath = await bundles.bundle({ args: ['true'] });
      const { client } = daemon;
      await expect(client.createContainer({ id: 'wrong', bundlePath, [name]: path })).rejects.toMatchObject(refused);
      const exec = client.addProcess({ id: 'pod', pid: 'e', args: ['true'], [name]: path });
      await expect(exec).rejects.toMatchObject(refused);
    });

    test('a create and an exec that fail leave nobody at their FIFOs', async () => {
      await using fifos = await Fifos.make();
      const paths = { stdin: fifos.path('stdin'), ...fifos.outputs };
      const before = await daemon.leftovers();
      const bundlePath = await bundles.bundle({ args: ['none'], sharedWith: 'pod' });
      const { client } = daemon;
      const details = expect.stringMatching(/none.*not found in \$PATH/);
      const created = client.createContainer({ id: 'wrong', bundlePath, ...paths });
      await expect(created).rejects.toMatchObject({ details });
      await expect(client.addProcess({ id: 'pod', pid: 'e', args: ['none'], ...paths })).rejects.toMatchObject({
        details,
      });
      await until(async () => (await daemon.leftovers()).length === before.length);
    });

    test('the calls that are not there yet say so', async () => {
      const { createCheckpoint, deleteCheckpoint, listCheckpoint } = daemon.client;
      for (const call of [createCheckpoint, deleteCheckpoint, listCheckpoint]) {
        await expect(call({ id: 'pod' })).rejects.toMatchObject({
          code: status.UNIMPLEMENTED,
          details: expect.stringMatching(/not implemented/),
        });
      }
    });
  });

  test('a mount of the bundle that names a file and a directory of the host', async () => {
    await writeFile(join(bundles.dir, 'file'), 'from the host\n');
    await mkdir(join(bundles.dir, 'directory'));
    const mounts = [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/mnt/file', type: 'bind', source: join(bundles.dir, 'file'), options: ['bind', 'ro'] },
      { destination: '/mnt/directory', type: 'bind', source: join(bundles.dir, 'directory'), options: ['rbind'] },
    ];
    const args = ['sh', '-c', 'cat /mnt/file; echo written > /mnt/directory/out; echo no > /mnt/file'];
    const outcome = await runContainer(daemon, 'mounts', await bundles.bundle({ args, spec: { mounts } }));
    expect(outcome.stdout.toString()).toBe('from the host\n');
    expect(outcome.stderr).toMatch(/Read-only file system/);
    expect(await readdir(join(bundles.dir, 'directory'))).toEqual(['out']);
  });
});

describe('a VM that does not come up', () => {
  test('a kernel path that is wrong ends the daemon at its start', async () => {
    await expect(Daemon.start({ kernel: '/nowhere/vmlinux' })).rejects.toThrow(
      /--kernel \/nowhere\/vmlinux: there is no such file/,
    );
  });

  test("a guest that never answers: after the time limit the error has the console's last lines, and nothing is left", async () => {
    await using bundles = await Bundles.make();
    // An initrd whose PID 1 says one thing and then nothing.
    const dir = await mkdtemp(join(tmpdir(), 'runv-mute-'));
    await writeFile(
      join(dir, 'init.c'),
      '#include <stdio.h>\n#include <unistd.h>\nint main(void) { puts("I am mute"); fflush(stdout); for (;;) pause(); }\n',
    );
    await execa('gcc', ['-static', '-O1', '-o', 'init', 'init.c'], { cwd: dir });
    await execa('cpio', ['--create', '--format=newc', '--quiet', '--file=initrd'], { cwd: dir, input: 'init\n' });
    {
      await using daemon = await Daemon.start({ initrd: join(dir, 'initrd'), flags: ['--boot-timeout', '20'] });
      const bundlePath = await bundles.bundle({ args: ['true'] });
      const failure = await daemon.client.createContainer({ id: 'mute', bundlePath }).catch((error) => error);
      expect(failure.code).toBe(status.DEADLINE_EXCEEDED);
      expect(failure.details).toMatch(/did not send READY.*within the 20 s[\s\S]*I am mute/);
      expect(await daemon.leftovers()).toEqual([]);
    }
    await execa('rm', ['-r', dir]);
  });
});
