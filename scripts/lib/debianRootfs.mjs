// Makes the root file system of the programs that tests run, by the built testkit, because scripts run without TypeScript.
import { pathToFileURL } from 'node:url';
import { inRoot } from './paths.mjs';

/** @param {(line: string) => void} onProgress */
export async function makeDebianRootfs(onProgress) {
  const { debianRootfs } = await import(pathToFileURL(inRoot('packages', 'testkit', 'dist', 'index.js')).href);
  await debianRootfs({ onProgress });
}
