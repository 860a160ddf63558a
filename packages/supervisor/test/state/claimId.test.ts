import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimId } from '../../src/state/claimId.ts';
import { parseRecord } from '../../src/state/containerRecord.ts';
import { writeState } from '../../src/state/writeState.ts';
import { tempDir } from '../support/tempDir.ts';

test('of many who want one id at once, one gets it, with its record, and nothing of the others is left', async () => {
  await using dir = await tempDir();
  const claims = await Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => claimId(dir.path, record({ pid: index }))),
  );
  const winners = claims.flatMap((claim, index) => (claim.status === 'fulfilled' ? [index] : []));
  expect(winners).toHaveLength(1);
  for (const claim of claims)
    if (claim.status === 'rejected') expect(claim.reason).toMatchObject({ code: 'ALREADY_EXISTS' });
  expect((await stat(join(dir.path, 'web'))).mode & 0o777).toBe(0o700);
  expect(await readdir(dir.path)).toEqual(['web']);
  expect(parseRecord(await readFile(join(dir.path, 'web/state.json'), 'utf8')).pid).toBe(winners[0]);
});

test('an id that was given back can be had again', async () => {
  await using dir = await tempDir();
  const { dir: claimed, release } = await claimId(dir.path, record());
  await release();
  expect(existsSync(claimed)).toBe(false);
  await claimId(dir.path, record());
});

test('a directory without anything in it, as an older daemon left it when it was killed, has no id', async () => {
  await using dir = await tempDir();
  await mkdir(join(dir.path, 'web'));
  await claimId(dir.path, record());
  expect(await readdir(join(dir.path, 'web'))).toEqual(['state.json']);
});

test('says what has the id already and how to be rid of it', async () => {
  await using dir = await tempDir();
  const { dir: claimed } = await claimId(dir.path, record());
  await expect(claimId(dir.path, record())).rejects.toThrow(
    /^container web exists already \(creating\); .*runv delete --force web$/,
  );
  await writeState(claimed, record({ status: 'stopped' }));
  await expect(claimId(dir.path, record())).rejects.toThrow('container web exists already (stopped)');
});

test('a state directory that is missing is no id that is taken', async () => {
  await using dir = await tempDir();
  await expect(claimId(join(dir.path, 'none'), record())).rejects.toMatchObject({ code: 'ENOENT' });
});

function record(more: { pid?: number; status?: 'creating' | 'stopped' } = {}) {
  const daemon = { pid: 42, containerdDir: '/run/d', socket: '/run/d/s' };
  const runv = {
    created: '2026-11-23T09:06:43Z',
    labels: [],
    pod: '',
    vm: { id: '', pid: 0, dir: '' },
    daemon,
    keep: true,
  };
  return {
    ociVersion: '1.0.2',
    id: 'web',
    status: 'creating' as const,
    pid: 0,
    bundle: '/b',
    annotations: {},
    runv,
    ...more,
  };
}
