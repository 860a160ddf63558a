import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimId } from '../../src/state/claimId.ts';
import { tempDir } from '../support/tempDir.ts';

test('of many who want one id at once, one gets it', async () => {
  await using dir = await tempDir();
  const claims = await Promise.allSettled(Array.from({ length: 100 }, () => claimId(dir.path, 'web')));
  expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const claim of claims)
    if (claim.status === 'rejected') expect(claim.reason).toMatchObject({ code: 'ALREADY_EXISTS' });
  expect((await stat(join(dir.path, 'web'))).mode & 0o777).toBe(0o700);
});

test('an id that was given back can be had again', async () => {
  await using dir = await tempDir();
  const { dir: claimed, release } = await claimId(dir.path, 'web');
  await writeFile(join(claimed, 'state.json'), '{}');
  await release();
  expect(existsSync(claimed)).toBe(false);
  await claimId(dir.path, 'web');
});

test('says what has the id already and how to be rid of it', async () => {
  await using dir = await tempDir();
  const { dir: claimed } = await claimId(dir.path, 'web');
  await expect(claimId(dir.path, 'web')).rejects.toThrow(/^container web exists already; .*runv delete --force web$/);
  await writeFile(join(claimed, 'state.json'), '{"status":"stopped"}');
  await expect(claimId(dir.path, 'web')).rejects.toThrow('container web exists already (stopped)');
});

test('a state directory that is missing is no id that is taken', async () => {
  await using dir = await tempDir();
  await expect(claimId(join(dir.path, 'none'), 'web')).rejects.toMatchObject({ code: 'ENOENT' });
});
