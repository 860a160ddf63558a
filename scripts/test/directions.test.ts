import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findAgainst, findCircles, importsOf } from '../lib/directions.mjs';

let src: string;
beforeEach(async () => {
  src = await mkdtemp(join(tmpdir(), 'runv-directions-'));
});
afterEach(() => rm(src, { recursive: true, force: true }));

async function files(content: Record<string, string>) {
  for (const [path, text] of Object.entries(content)) {
    await mkdir(dirname(join(src, path)), { recursive: true });
    await writeFile(join(src, path), text);
  }
  return await importsOf(src);
}

describe('circles', () => {
  test('folders that import each other are found, with both imports', async () => {
    const imports = await files({
      'a/one.ts': "import { two } from '../b/two.ts';",
      'b/two.ts': 'export const two = 2;',
      'b/three.ts': "import type { One } from '../a/one.ts';",
    });
    expect(findCircles(imports)).toEqual([
      'a/one.ts imports b/two.ts, and b leads back to a',
      'b/three.ts imports a/one.ts, and a leads back to b',
    ]);
  });

  test('so is one over three folders, by a dynamic import and a re-export', async () => {
    const imports = await files({
      'a/one.ts': "export { two } from '../b/two.ts';",
      'b/two.ts': "export const two = () => import('../c/three.ts');",
      'c/three.ts': "import '../a/one.ts';",
    });
    expect(findCircles(imports)).toHaveLength(3);
  });

  test('a file directly in src is a folder of its own', async () => {
    const imports = await files({
      'top.ts': "import { a } from './a/a.ts';",
      'a/a.ts': "import { base } from '../base.ts';",
      'base.ts': 'export const base = 1;',
    });
    expect(findCircles(imports)).toEqual([]);
  });
});

test('an import against the order is found, and so is a folder without a place in it', async () => {
  const imports = await files({
    'low/a.ts': "import { b } from '../high/b.ts';",
    'high/b.ts': "import { c } from '../other/c.ts';",
    'other/c.ts': 'export const c = 1;',
    'top.ts': "import { b } from './high/b.ts';",
  });
  expect(findAgainst(imports, ['low', 'high'])).toEqual([
    'the folder other has no place in the order low, high',
    'low/a.ts imports high/b.ts, but high comes after low',
  ]);
});
