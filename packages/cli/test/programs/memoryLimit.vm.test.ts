/** A program that grows until it is at its container's limit is killed, and does not hang: with runv as with runc. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEBIAN_ROOTFS_MS, debianRootfs, LAUNCHER, programSpec, writable } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endDaemon } from '../support/endDaemon.ts';

const LIMIT = 100 * 2 ** 20;
/** A large program, whose text comes from the host's files and could be dropped and read again for ever. */
const GROW = 'held = []\nwhile True: held.append(bytearray(1 << 20))';

let rootfs: string;
let dir: string;

beforeAll(async () => {
  rootfs = await debianRootfs({ onProgress: (line) => process.stdout.write(`${line}\n`) });
  dir = await mkdtemp(join(tmpdir(), 'runv-limit-'));
}, DEBIAN_ROOTFS_MS);

afterAll(async () => {
  await endDaemon(join(dir, 'runv'));
  await rm(dir, { recursive: true });
});

test.each([
  ['runc', 'runc'],
  ['runv', LAUNCHER],
])('%s', async (name, executable) => {
  const bundle = join(dir, `${name}-bundle`);
  await mkdir(bundle);
  await using view = await writable(rootfs);
  const args = ['sh', '-c', `python3 -c '${GROW}'; echo child=$?; echo alive`];
  const spec = programSpec({ rootfs: view.path, args, memoryMiB: LIMIT / 2 ** 20, cpus: 1 });
  const resources = { ...spec.linux?.resources, memory: { limit: LIMIT, swap: LIMIT } };
  await writeFile(join(bundle, 'config.json'), JSON.stringify({ ...spec, linux: { ...spec.linux, resources } }));
  const line = ['--root', join(dir, name), 'run', '--bundle', bundle, 'grows'];
  const { stdout, exitCode } = await execa(executable, line, { reject: false, stdin: 'ignore' });
  expect({ stdout, exitCode }).toEqual({ stdout: 'child=137\nalive', exitCode: 0 });
});
