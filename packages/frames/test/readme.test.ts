import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const packageDir = fileURLToPath(new URL('..', import.meta.url));

test('the example of the README runs and prints what it says', async () => {
  const readme = await readFile(`${packageDir}README.md`, 'utf8');
  const [, example = '', output] = /```js\n(.*?)```\n\n```text\n(.*?)```/s.exec(readme) ?? [];
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', example], { cwd: packageDir });
  expect((await run).stdout).toBe(output);
});
