/** What a file system does for a program: in a root file system and on a volume as with runc, but for what docs/files.md says. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programSpec } from '@runv/testkit';
import { expect, test } from 'vitest';
import { debianRuns, type Runtime, type View } from '../support/debianRuns.ts';

const PROBE = fileURLToPath(new URL('files', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../../docs/files.md', import.meta.url));
const VOLUME = '/volume';

const runs = debianRuns();

test('what differs from runc is what docs/files.md lists', async () => {
  const driver = process.env.RUNV_DRIVER ?? 'qemu';
  const [page, runc, runv] = await Promise.all([readFile(PAGE, 'utf8'), probe('runc'), probe('runv')]);
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
async function probe(runtime: Runtime): Promise<Map<string, string>> {
  const specOf = async ({ rootfs, dir }: View) => {
    await mkdir(join(rootfs, 'rootfs'));
    const args = ['python3', '/probe/probe.py', '/rootfs', VOLUME];
    const { mounts = [], ...spec } = programSpec({ rootfs, args, inputs: { '/probe': PROBE } });
    const volume = { destination: VOLUME, type: 'bind', source: dir, options: ['rbind', 'rw'] };
    return { ...spec, mounts: [...mounts, volume] };
  };
  const { stdout } = await runs.run(runtime, 'files', specOf, { reject: true });
  const lines = stdout.split('\n').map((said) => /^\/(\w+: [^:]+): (.*)$/.exec(said));
  return new Map(lines.map((parts) => [parts?.[1] ?? '', parts?.[2] ?? '']));
}

/** Those of the page's list under the driver's name; one without a place is of both. */
function listedFor(driver: string, page: string): string[] {
  const [, list = ''] = new RegExp(`\`\`\`text differs with ${driver}\n([^\`]*)\`\`\``).exec(page) ?? [];
  const entries = list.split('\n').filter((entry) => entry !== '');
  return entries.flatMap((entry) => (entry.includes(': ') ? [entry] : [`rootfs: ${entry}`, `volume: ${entry}`]));
}
