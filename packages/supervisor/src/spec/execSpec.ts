/** One more process, from the JSON that the runtime-spec has for it. Its filter of system calls is that of its container's first. */
import type { ProcessSpec } from '@runv/hyperstart';
import { parseProcess } from '@runv/oci';
import { processSpec } from './guestSpec.ts';

/**
 * @param id its name in its container
 * @param init its container's first process
 * @throws BundleError `NOT_JSON` | `INVALID`
 */
export async function execSpec(id: string, json: string, init: ProcessSpec): Promise<ProcessSpec> {
  return { ...processSpec(id, await parseProcess(json, 'the process to execute')), seccomp: init.seccomp };
}
