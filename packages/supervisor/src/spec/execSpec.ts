/** One more process, from the JSON that the runtime-spec has for it. */
import type { ProcessSpec } from '@runv/hyperstart';
import { parseProcess } from '@runv/oci';
import { processSpec } from './guestSpec.ts';

/**
 * @param id its name in its container
 * @throws BundleError `NOT_JSON` | `INVALID`
 */
export async function execSpec(id: string, json: string): Promise<ProcessSpec> {
  return processSpec(id, await parseProcess(json, 'the process to execute'));
}
