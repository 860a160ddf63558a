/** The daemon's log, as it stands in its file. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLogger } from '../../src/context/openLogger.ts';
import { tempDir } from '../support/runv.ts';

test('each line is one line of JSON with the level that was asked for or worse, of parents and of children', async () => {
  await using dir = await tempDir();
  const log = join(dir.path, 'daemon.log');
  const logger = await openLogger({ log, logLevel: 'info' });
  logger.debug({ id: 'unseen' }, 'too fine');
  logger.info({ id: 'a\n{"level":60}' }, 'words\n{"level":60}');
  logger.child({ pod: 'p' }).error({ id: 'b', err: new Error('x'.repeat(200_000)) }, 'failed');
  logger.error(new Error('alone\x1b[2J'));
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(parsed).toMatchObject([
    { level: 30, id: 'a\\x0a{"level":60}', msg: 'words\\x0a{"level":60}', pid: process.pid },
    { level: 50, id: 'b', pod: 'p', msg: 'failed', err: { type: 'Error' } },
    { level: 50, err: { message: 'alone\\x1b[2J' }, msg: 'alone\\x1b[2J' },
  ]);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(8192);
});
