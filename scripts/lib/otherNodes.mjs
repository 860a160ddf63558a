// The versions of Node that runv is tested on. npm provides those other than this process's.
import { run } from './run.mjs';

const MAJORS = ['20', '24'];

/**
 * Returns this Node, then the other tested major versions.
 *
 * @returns {readonly { readonly name: string; readonly find: () => Promise<string> }[]}
 */
export function testedNodes() {
  const { node } = process.versions;
  const others = MAJORS.filter((major) => !node.startsWith(`${major}.`));
  return [
    { name: `Node ${node}`, find: async () => process.execPath },
    ...others.map((major) => ({ name: `Node ${major}`, find: () => fetchNode(major) })),
  ];
}

// The package `node` has the binary; npx caches it.
/** @param {string} major */
async function fetchNode(major) {
  const output = await run('npx', ['--yes', `--package=node@${major}`, '--', 'node', '-p', 'process.execPath']);
  return output.trim().split('\n').at(-1) ?? '';
}
