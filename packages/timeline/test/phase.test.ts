/** Phases where nobody records them. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { apart, phase, serve, traceparent } from '../src/index.ts';

test('the work is done, and gives what it gives', async () => {
  expect(await phase('add', async () => 1 + 1)).toBe(2);
  expect(await serve('add', undefined, async () => 3)).toBe(3);
  expect(apart(() => 4)).toBe(4);
  expect(traceparent()).toBeUndefined();
});

test('an error is the same error', async () => {
  const error = new Error('no');
  const failing = () => Promise.reject(error);
  await expect(phase('fail', failing)).rejects.toBe(error);
  await expect(serve('fail', undefined, failing)).rejects.toBe(error);
});

test('nothing of OpenTelemetry is loaded for it', async () => {
  const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));
  const program = `
    import { createRequire } from 'node:module';
    const { phase } = await import(${JSON.stringify(built)});
    await phase('work', async () => {});
    const loaded = Object.keys(createRequire(${JSON.stringify(built)}).cache);
    process.stdout.write(JSON.stringify(loaded.filter((file) => file.includes('opentelemetry'))));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(JSON.parse(stdout)).toEqual([]);
});
