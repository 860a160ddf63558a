/** Finds a template on disk and checks that it fits. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { DirectOptions } from '../direct.ts';
import { FactoryError } from '../errors.ts';
import { differences, Identity, identityOf } from './identity.ts';

/** Written last: a directory without it is no template. */
export const MANIFEST = 'template.json';

const Manifest = z.object({
  template: z.literal(1),
  created: z.string(),
  identity: Identity,
  /** What `GuestConfig.ready` said. */
  note: z.optional(z.unknown()),
});

export type Manifest = z.infer<typeof Manifest>;

/** A template that fits. */
export interface Template {
  readonly note: unknown;
  /** Another one: the template was made anew since. */
  readonly stamp: string;
}

/**
 * @param dir absolute
 * @throws FactoryError `NO_TEMPLATE` | `MISMATCH`, naming each thing that differs
 */
export async function openTemplate(dir: string, options: DirectOptions): Promise<Template> {
  const stamp = await stampOf(dir);
  const { identity, note } = await readManifest(dir);
  const found = differences(identity, await identityOf(options, identity));
  if (found.length === 0) return { note, stamp };
  throw new FactoryError('MISMATCH', `the template in ${dir} does not fit; ${found.join('; ')}; make it anew`);
}

/** @throws FactoryError `NO_TEMPLATE` */
export async function stampOf(dir: string): Promise<string> {
  try {
    const { ino, birthtimeMs } = await stat(join(dir, MANIFEST));
    // A number may be given again.
    return `${ino} ${birthtimeMs}`;
  } catch (cause) {
    throw new FactoryError('NO_TEMPLATE', `there is no template in ${dir}; make one first`, { cause });
  }
}

export async function readManifest(dir: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(dir, MANIFEST), 'utf8');
  } catch (cause) {
    throw new FactoryError('NO_TEMPLATE', `there is no template in ${dir}; make one first`, { cause });
  }
  try {
    return Manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new FactoryError(
      'NO_TEMPLATE',
      `${join(dir, MANIFEST)} is not what this version of runv wrote; make it anew`,
      {
        cause,
      },
    );
  }
}
