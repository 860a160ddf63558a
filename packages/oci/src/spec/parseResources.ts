/** Checks a linux.resources that stands alone, as `update` takes it. */
import { BundleError } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import { describeIssue } from './describeIssue.ts';
import { preloadSchemas } from './parseSpec.ts';
import type { Resources } from './types.ts';

/**
 * @param file the source of the text, for the message
 * @throws BundleError `NOT_JSON` | `INVALID`
 */
export async function parseResources(text: string, file: string): Promise<Resources> {
  const schemas = await preloadSchemas();
  const value = parseJson(text, file);
  const result = schemas.resources.safeParse(value);
  const issue = result.error?.issues[0];
  if (issue !== undefined) throw new BundleError('INVALID', `${file}: ${describeIssue(issue, value)}`);
  return result.data as Resources;
}
