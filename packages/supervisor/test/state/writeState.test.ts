import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ContainerRecord, parseRecord } from '../../src/state/containerRecord.ts';
import { writeState } from '../../src/state/writeState.ts';
import { tempDir } from '../support/tempDir.ts';

test('a reader sees one whole record or another, never half of one', async () => {
  await using dir = await tempDir();
  await writeState(dir.path, record('long'.repeat(10_000)));
  let writing = true;
  const written = (async () => {
    for (let round = 0; round < 30; round += 1)
      await writeState(dir.path, record(round % 2 ? 'short' : 'long'.repeat(10_000)));
    writing = false;
  })();
  const seen = new Set<number>();
  while (writing) {
    const { bundle } = JSON.parse(await readFile(join(dir.path, 'state.json'), 'utf8')) as ContainerRecord;
    seen.add(bundle.length);
  }
  await written;
  expect([...seen].sort()).toEqual([40_000, 5]);
});

test('the record is the OCI state with ours beside it, for nobody but its owner, and nothing else is there', async () => {
  await using dir = await tempDir();
  await writeState(dir.path, record('/bundle'));
  expect(parseRecord(await readFile(join(dir.path, 'state.json'), 'utf8'))).toEqual(record('/bundle'));
  expect((await stat(join(dir.path, 'state.json'))).mode & 0o777).toBe(0o600);
  expect(await readdir(dir.path)).toEqual(['state.json']);
});

function record(bundle: string): ContainerRecord {
  const vm = { id: 'vm-1', pid: 4711, dir: '/vms/vm-1' };
  const daemon = { pid: 42, containerdDir: '/run/d', socket: '/run/d/s' };
  const runv = { created: '2026-11-23T09:06:43Z', labels: ['a=b'], pod: 'web', vm, daemon, keep: true };
  return { ociVersion: '1.0.2', id: 'web', status: 'running', pid: 4711, bundle, annotations: { a: 'b' }, runv };
}
