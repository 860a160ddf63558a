/** Templates that were made by themselves are removed by themselves, when nobody has used them for a month. */
import { readdir, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MANIFEST } from './openTemplate.ts';
import { discardTemplate } from './removeTemplate.ts';

const MONTH_MS = 30 * 24 * 3600 * 1000;

/** What the names of templates that factories make begin with. */
export const OWN_PREFIX = 'template-';

/** Marks the template in `dir` as used now, and removes those beside it that have not been for a month. */
export async function pruneTemplates(dir: string): Promise<void> {
  const now = new Date();
  await utimes(join(dir, MANIFEST), now, now);
  const others = (await readdir(dirname(dir))).filter((name) => name.startsWith(OWN_PREFIX) && name !== basename(dir));
  for (const other of others.map((name) => join(dirname(dir), name))) {
    const used = await stat(join(other, MANIFEST)).catch(() => undefined);
    if (used && used.mtimeMs < now.getTime() - MONTH_MS) await discardTemplate(other);
  }
}
