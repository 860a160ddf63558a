/** Checks what a config.json says. */
import { BundleError } from '../errors.ts';
import { checkSemantics } from './checkSemantics.ts';
import { describeIssue } from './describeIssue.ts';
import { normalise } from './normalise.ts';
import type { Spec } from './types.ts';

/**
 * @param value the parsed file; not modified
 * @param file its path, for the message
 * @throws BundleError `INVALID` with the first error: the field, its value and what is expected
 * @example
 * const spec = await parseSpec(JSON.parse(text), '/bundles/web/config.json');
 */
export async function parseSpec(value: unknown, file: string): Promise<Spec> {
  const schemas = await preloadSchemas();
  const candidate = normalise(value, file);
  const result = schemas.spec.safeParse(candidate);
  const issue = result.error?.issues[0];
  if (issue !== undefined) throw new BundleError('INVALID', `${file}: ${describeIssue(issue, candidate)}`);
  const spec = result.data as Spec;
  const wrong = checkSemantics(spec);
  if (wrong !== undefined) throw new BundleError('INVALID', `${file}: ${wrong}`);
  return spec;
}

/**
 * Loads the schemas and zod, which takes several times as long as the rest of the package. `parseSpec` does this on its
 * first call; a daemon may do it earlier, while idle.
 */
export function preloadSchemas(): Promise<typeof import('./schemas.ts')> {
  return import('./schemas.ts');
}
