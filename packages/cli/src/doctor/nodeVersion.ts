/** Checks that this Node is one that runv supports. */
import type { Finding } from './finding.ts';

/** As `engines` of package.json has it. */
export const OLDEST_NODE = '20.19.0';

/** @param version as `process.versions.node` has it, such as `20.20.2` */
export function examineNode(version = process.versions.node): Finding {
  return isOlder(version, OLDEST_NODE)
    ? { level: 'missing', what: 'Node', detail: `v${version} is too old; install Node ${OLDEST_NODE} or newer` }
    : { level: 'ok', what: 'Node', detail: `v${version}` };
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  const difference = b?.map((number, index) => (a?.[index] ?? 0) - number).find((each) => each !== 0);
  return (difference ?? 0) < 0;
}
