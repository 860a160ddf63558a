/** What a report hides, wherever it stands. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scrubber, secretsOf } from '../../src/report/secrets.ts';
import { tempDir } from '../support/runv.ts';

test('the values of env, args, annotations and labels are secrets, in the bundle and in the record, of hooks too', async () => {
  await using dir = await tempDir();
  const bundle = join(dir.path, 'bundle');
  await mkdir(bundle);
  const config = {
    process: { env: ['TOKEN=secret-env', 'FLAG'], args: ['run', 'secret-arg'], cwd: '/not-secret' },
    annotations: { 'some.key': 'secret-annotation' },
    hooks: { prestart: [{ path: '/bin/hook', args: ['hook', 'secret-hook'], env: ['A=secret-hook-env'] }] },
  };
  await writeFile(join(bundle, 'config.json'), JSON.stringify(config));
  const record = {
    bundle,
    annotations: { a: 'secret-recorded' },
    runv: { labels: ['k=secret-label'], later: { env: ['X=secret-later'] } },
  };
  const found = await secretsOf(record);
  const secrets = 'env arg annotation hook hook-env recorded label later'.split(' ').map((name) => `secret-${name}`);
  expect(found).toEqual(expect.arrayContaining(secrets));
  expect(found).not.toContain('/not-secret');
  const text = `${secrets.join(' ')} /not-secret`;
  expect(scrubber(found)(text)).toBe(`${'[hidden] '.repeat(secrets.length)}/not-secret`);
});

test('a secret of several lines is hidden whole, by its lines, and as JSON has it; a short one is not', () => {
  const scrub = scrubber([
    'first line\nsecond line',
    'quote"quote"',
    'short',
    'longer secret',
    'longer secret with more',
  ]);
  expect(scrub('a first line\r\nb second line c')).toBe('a [hidden]\r\nb [hidden] c');
  expect(scrub(JSON.stringify({ a: 'first line\nsecond line', b: 'quote"quote"' }))).toBe(
    '{"a":"[hidden]","b":"[hidden]"}',
  );
  expect(scrub('short: longer secret with more')).toBe('short: [hidden]');
});

test('a record without a bundle, and one that is none, have no secrets', async () => {
  expect(await secretsOf({ bundle: '/none' })).toEqual([]);
  expect(await secretsOf('no record')).toEqual([]);
});
