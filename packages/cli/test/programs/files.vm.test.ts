/** What a file system does for a program: in a root file system and on a volume as with runc, but for what docs/files.md says. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEBIAN_ROOTFS_MS, debianRootfs, LAUNCHER, programSpec, writable } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endDaemon } from '../support/endDaemon.ts';

const PROBE = fileURLToPath(new URL('files', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../../docs/files.md', import.meta.url));
const VOLUME = '/volume';

let rootfs: string;
let dir: string;

beforeAll(async () => {
  rootfs = await debianRootfs({ onProgress: (line) => process.stdout.write(`${line}\n`) });
  dir = await mkdtemp(join(tmpdir(), 'runv-files-'));
}, DEBIAN_ROOTFS_MS);

afterAll(async () => {
  await endDaemon(join(dir, 'runv'));
  // Some paths are longer than a system call takes.
  await execa('rm', ['--recursive', '--force', '--one-file-system', dir]);
});

test('what differs from runc is what docs/files.md lists', async () => {
  const driver = process.env.RUNV_DRIVER ?? 'qemu';
  const [page, runc, runv] = await Promise.all([
    readFile(PAGE, 'utf8'),
    probe('runc', 'runc'),
    probe('runv', LAUNCHER),
  ]);
  expect([...runv.keys()]).toEqual([...runc.keys()]);
  const differing = [...runc.keys()].filter((name) => runv.get(name) !== runc.get(name));
  const listed = listedFor(driver, page);
  const told = differing.filter((name) => !listed.includes(name));
  expect(told.map((name) => `${name}: ${runc.get(name)} with runc, ${runv.get(name)} with ${driver}`)).toEqual([]);
  // Where the host's own file system cannot do it, there is nothing to differ from.
  const mended = listed.filter((name) => !differing.includes(name) && !/\bE[A-Z]{3,}\b/.test(runc.get(name) ?? ''));
  expect(mended).toEqual([]);
});

/** @returns by `place: behaviour` what came out */
async function probe(runtime: string, executable: string): Promise<Map<string, string>> {
  const [bundle, volume] = [join(dir, `${runtime}-bundle`), join(dir, `${runtime}-volume`)];
  for (const made of [bundle, volume]) await mkdir(made);
  await using view = await writable(rootfs);
  await mkdir(join(view.path, 'rootfs'));
  const args = ['python3', '/probe/probe.py', '/rootfs', VOLUME];
  const spec = programSpec({ rootfs: view.path, args, inputs: { '/probe': PROBE } });
  const mounts = [
    ...(spec.mounts ?? []),
    { destination: VOLUME, type: 'bind', source: volume, options: ['rbind', 'rw'] },
  ];
  await writeFile(join(bundle, 'config.json'), JSON.stringify({ ...spec, mounts }));
  const line = ['--root', join(dir, runtime), 'run', '--bundle', bundle, 'files'];
  const { stdout } = await execa(executable, line, { stdin: 'ignore' });
  const lines = stdout.split('\n').map((said) => /^\/(\w+: [^:]+): (.*)$/.exec(said));
  return new Map(lines.map((parts) => [parts?.[1] ?? '', parts?.[2] ?? '']));
}

/** Those of the page's list under the driver's name; one without a place is of both. */
function listedFor(driver: string, page: string): string[] {
  const [, list = ''] = new RegExp(`\`\`\`text differs with ${driver}\n([^\`]*)\`\`\``).exec(page) ?? [];
  const entries = list.split('\n').filter((entry) => entry !== '');
  return entries.flatMap((entry) => (entry.includes(': ') ? [entry] : [`rootfs: ${entry}`, `volume: ${entry}`]));
}
