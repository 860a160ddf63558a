/** Containers in User-mode Linux, by the command line. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bundles } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { endDaemon } from '../support/endDaemon.ts';
import { runv, tempDir } from '../support/runv.ts';

const FILE_CALLS = fileURLToPath(new URL('fileCalls.c', import.meta.url));
const SEED = inject('fuzzSeed');
const PROC = [{ destination: '/proc', source: 'proc', type: 'proc' }];

let bundles: Bundles;
let dir: Awaited<ReturnType<typeof tempDir>>;
const uml = (...args: string[]) => runv(['--root', join(dir.path, 'root'), '--driver', 'uml', ...args]);

beforeAll(async () => {
  bundles = await Bundles.make();
});
afterAll(() => bundles[Symbol.asyncDispose]());
beforeEach(async () => {
  dir = await tempDir();
});
afterEach(async () => {
  await endDaemon(join(dir.path, 'root'));
  await dir[Symbol.asyncDispose]();
});

test('a program runs in a kernel of its own, with its output and its status', async () => {
  const bundle = await bundles.bundle({ args: ['sh', '-c', 'uname -r; echo wrong >&2; exit 3'] });
  const { stdout, stderr, exitCode } = await uml('run', '--bundle', bundle, 'c1');
  expect(stdout).toMatch(/^[7-9]\.\d+\.\d+-runv\n$/);
  expect({ stderr, exitCode }).toEqual({ stderr: 'wrong\n', exitCode: 3 });
});

test('one that stays is listed, takes execs, and is deleted', async () => {
  const bundle = await bundles.bundle({ args: ['sleep', '1000'] });
  expect(await uml('run', '--detach', '--bundle', bundle, 'c1')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await uml('exec', 'c1', 'sh', '-c', 'echo $((6 * 7))')).toMatchObject({ stdout: '42\n', exitCode: 0 });
  expect(JSON.parse((await uml('list', '--format', 'json')).stdout)).toMatchObject([{ id: 'c1', status: 'running' }]);
  expect(await uml('delete', '--force', 'c1')).toMatchObject({ exitCode: 0, stderr: '' });
});

test('files of a volume have on the host the owner and the mode that they were given inside', async () => {
  const volume = join(dir.path, 'volume');
  await mkdir(volume);
  await writeFile(join(volume, 'in'), 'from the host\n');
  const script = 'cat /v/in; umask 0; echo out > /v/out; chown 1000:1001 /v/out; mkdir -m 1777 /v/d; chmod 640 /v/out';
  const bundle = await bundles.bundle({
    args: ['sh', '-c', script],
    spec: { mounts: [{ destination: '/v', source: volume, type: 'bind', options: ['rbind', 'rw'] }] },
  });
  const { stdout, exitCode, stderr } = await uml('run', '--bundle', bundle, 'c1');
  expect({ stdout, exitCode, stderr }).toEqual({ stdout: 'from the host\n', exitCode: 0, stderr: '' });
  expect(await readFile(join(volume, 'out'), 'utf8')).toBe('out\n');
  expect(await stat(join(volume, 'out'))).toMatchObject({ uid: 1000, gid: 1001, mode: 0o100640 });
  expect(await stat(join(volume, 'd'))).toMatchObject({ uid: 0, gid: 0, mode: 0o041777 });
});

test('calls for files come to the same as on the host: attributes, capabilities, unnamed files, direct ones, times, links', async () => {
  const volume = join(dir.path, 'volume');
  for (const place of ['here', 'there']) await mkdir(join(volume, place), { recursive: true });
  const program = join(volume, 'calls');
  await execa('gcc', ['-static', '-D_GNU_SOURCE', '-Wall', '-Werror', '-o', program, FILE_CALLS]);
  const bundle = await bundles.bundle({
    args: ['/v/calls', '/v/there'],
    spec: { mounts: [...PROC, { destination: '/v', source: volume, type: 'bind', options: ['rbind', 'rw'] }] },
  });
  const [here, there] = [await execa(program, [join(volume, 'here')]), await uml('run', '--bundle', bundle, 'c1')];
  expect(there).toMatchObject({ stderr: '', exitCode: 0 });
  expect(there.stdout).toBe(`${here.stdout}\n`);
});

test('a working directory of which an overlay makes another, as something is first made in it, stays where it is', async () => {
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(dir.path, name));
  await mkdir(join(lower ?? '', 'a', 'b'), { recursive: true });
  for (const place of [upper, work, merged]) await mkdir(place ?? '');
  const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  await execa('mount', ['-t', 'overlay', 'overlay', '-o', layers, merged ?? '']);
  try {
    const script =
      'cd /v/a/b && echo one > ../made && cat ../made && mkdir c && cd c && echo two > it && cat it && pwd';
    const bundle = await bundles.bundle({
      args: ['sh', '-c', script],
      spec: { mounts: [{ destination: '/v', source: merged, type: 'bind', options: ['rbind', 'rw'] }] },
    });
    expect(await uml('run', '--bundle', bundle, 'c1')).toMatchObject({
      ...{ stdout: 'one\ntwo\n/v/a/b/c\n', stderr: '', exitCode: 0 },
    });
  } finally {
    await execa('umount', [merged ?? '']);
  }
});

/** What the program prints in a pod with two CPUs. */
async function onTwoCpus(source: URL, args: readonly string[] = []) {
  const bin = join(dir.path, 'bin');
  await mkdir(bin);
  const flags = ['-static', '-pthread', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-O2'];
  await execa('gcc', [...flags, '-o', join(bin, 'program'), fileURLToPath(source)]);
  const mounts = [...PROC, { destination: '/v', source: bin, type: 'bind', options: ['rbind'] }];
  const bundle = await bundles.bundle({ args: ['/v/program', ...args], spec: { mounts } });
  return await uml('--default_cpus', '2', 'run', '--bundle', bundle, 'c1');
}

test('a page that a program has lost is no program’s that runs on the other CPU', async () => {
  const said = await onTwoCpus(new URL('lostPage.c', import.meta.url));
  expect(said).toMatchObject({ stdout: expect.stringMatching(/^0 of \d+\n$/), stderr: '', exitCode: 0 });
});

// The host lets a process have so many mappings (vm.max_map_count).
const MORE_THAN_THE_HOST_MAPS = '70000';

test('a program has more pieces of memory than the host lets a process have, and so has its child', async () => {
  const said = await onTwoCpus(new URL('manyPieces.c', import.meta.url), [MORE_THAN_THE_HOST_MAPS]);
  const steps = ['read', 'written', 'child', 'parent', 'protected', 'moved', 'dropped'];
  expect(said).toEqual({ stdout: steps.map((step) => `${step}: 0 wrong\n`).join(''), stderr: '', exitCode: 0 });
});

for (const pages of ['1', MORE_THAN_THE_HOST_MAPS]) {
  test(`threads that change their memory at once find in it what they left there, beside ${pages} pages that are read (RUNV_FUZZ_SEED=${SEED})`, async () => {
    const said = await onTwoCpus(new URL('sharedMemory.c', import.meta.url), [`${SEED}`, '5', pages]);
    expect(said).toEqual({ stdout: '0 wrong\n', stderr: '', exitCode: 0 });
  });
}
