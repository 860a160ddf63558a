/** What a guest keeps of files that are closed: no descriptor of the host's, and nothing that the host has changed since. */
import { mkdir, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bundles, Daemon, runExec } from '@runv/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { tempDir } from '../support/runv.ts';

const FILES = 300;

let bundles: Bundles;
let daemon: Daemon;
let dir: Awaited<ReturnType<typeof tempDir>>;
let volume: string;
let execs = 0;
beforeAll(async () => {
  dir = await tempDir();
  bundles = await Bundles.make();
  daemon = await Daemon.start({ flags: ['--driver', 'uml'] });
  volume = join(dir.path, 'volume');
  await mkdir(volume);
  const mounts = [{ destination: '/v', type: 'bind', source: volume, options: ['rbind'] }];
  const bundlePath = await bundles.bundle({ args: ['sleep', '1000'], spec: { mounts } });
  await daemon.client.createContainer({ id: 'reads', bundlePath });
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await bundles[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});
beforeEach(async () => {
  for (const name of await readdir(volume)) await rm(join(volume, name), { recursive: true });
});

/** What a shell in the container says. */
async function said(script: string): Promise<string> {
  const args = ['sh', '-c', `exec 2>&1; ${script}`];
  const { stdout } = await runExec(daemon, 'reads', { pid: `exec-${++execs}`, args, env: ['PATH=/bin'], cwd: '/' });
  return stdout.toString();
}

/** The names of the files in the volume that the kernel has open. */
async function openInVolume(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!command.includes('uml')) return [];
      const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
      return Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
    }),
  );
  // By the file's name: the kernel sees the volume at another path.
  return [...new Set(all.flat().filter((path) => /\/kept-\d+$/.test(path)))];
}

test('files that were read and closed are open on the host no more, and one that is held is', async () => {
  for (let i = 0; i < FILES; i++) await writeFile(join(volume, `kept-${i}`), `file ${i}\n`);
  expect(await said('cat /v/kept-* | wc -l; ls -l /v | wc -l')).toBe(`${FILES}\n${FILES + 1}\n`);
  expect(await openInVolume()).toEqual([]);
  expect(await said('for i in 1 2 3; do echo more >> /v/kept-$i; done; cat /v/kept-2')).toBe('file 2\nmore\n');
  expect(await openInVolume()).toEqual([]);
  const holding = said('exec 3< /v/kept-7; echo > /v/holds; until [ -e /v/done ]; do sleep 0.02; done; cat <&3');
  const until = async (name: string) => {
    while (!(await readdir(volume)).includes(name)) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await until('holds');
  expect((await openInVolume()).map((path) => path.split('/').at(-1))).toEqual(['kept-7']);
  await writeFile(join(volume, 'done'), '');
  expect(await holding).toBe('file 7\n');
  expect(await openInVolume()).toEqual([]);
});

test('a change of the host is seen although size and times are as they were, since both came within a tick', async () => {
  const file = join(volume, 'file');
  for (let round = 10; round < 40; round++) {
    await writeFile(file, `${round}\n`);
    expect(await said('cat /v/file')).toBe(`${round}\n`);
    await writeFile(file, `${round + 50}\n`);
    expect(await said('cat /v/file /v/file')).toBe(`${round + 50}\n${round + 50}\n`);
  }
});

test('what the host puts in the place of a file, a directory or a program is what is found there next', async () => {
  await mkdir(join(volume, 'dir'));
  await writeFile(join(volume, 'dir', 'file'), 'first\n');
  await writeFile(join(volume, 'program'), '#!/bin/sh\necho one\n', { mode: 0o755 });
  expect(await said('cat /v/dir/file; /v/program; ls /v/none')).toContain('first\none\n');
  await rename(join(volume, 'dir'), join(volume, 'old'));
  await mkdir(join(volume, 'dir'));
  await writeFile(join(volume, 'dir', 'other'), 'second\n');
  await writeFile(join(volume, 'next'), '#!/bin/sh\necho two\n', { mode: 0o755 });
  await rename(join(volume, 'next'), join(volume, 'program'));
  await writeFile(join(volume, 'none'), 'there is one\n');
  expect(await said('ls /v/dir; cat /v/dir/other /v/old/file; /v/program; cat /v/none')).toBe(
    'other\nsecond\nfirst\ntwo\nthere is one\n',
  );
  await rm(join(volume, 'dir'), { recursive: true });
  await writeFile(join(volume, 'dir'), 'a file now\n');
  expect(await said('cat /v/dir; rm /v/none /v/program; ls /v')).toBe('a file now\ndir\nold\n');
});
