/** Checks a process that stands alone, as `exec` takes it. */
import { BundleError } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import { checkProcess } from './checkSemantics.ts';
import { describeIssue } from './describeIssue.ts';
import { normaliseProcess } from './normalise.ts';
import { preloadSchemas } from './parseSpec.ts';
import type { Process } from './types.ts';

/**
 * @param file the source of the text, for the message
 * @throws BundleError `NOT_JSON` | `INVALID`
 */
export async function parseProcess(text: string, file: string): Promise<Process> {
  const schemas = await preloadSchemas();
  const value = normaliseProcess(parseJson(text, file), file);
  const result = schemas.process.safeParse(value);
  const issue = result.error?.issues[0];
  if (issue !== undefined) throw new BundleError('INVALID', `${file}: ${describeIssue(issue, value)}`);
  const process = result.data as Process;
  const wrong = checkProcess(process);
  if (wrong !== undefined) throw new BundleError('INVALID', `${file}: ${wrong}`);
  return process;
}
