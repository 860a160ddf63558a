/** What an update asks, from the JSON that the runtime-spec has for it. */
import { parseResources, type Resources } from '@runv/oci';

/** @throws BundleError `NOT_JSON` | `INVALID` */
export function parseUpdate(json: string): Promise<Resources> {
  return parseResources(json, 'the resources to update');
}
