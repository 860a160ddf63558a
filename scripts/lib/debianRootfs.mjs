// Makes the root file systems that tests use, by the built testkit, because scripts run without TypeScript.
import { pathToFileURL } from 'node:url';
import { inRoot } from './paths.mjs';

/** @param {(line: string) => void} onProgress */
export async function makeDebianRootfs(onProgress) {
  await (await testkit()).debianRootfs({ onProgress });
}

/** @param {(line: string) => void} onProgress */
export async function makeNewerDebian(onProgress) {
  await (await testkit()).newerDebian({ onProgress });
}

async function testkit() {
  return await import(pathToFileURL(inRoot('packages', 'testkit', 'dist', 'index.js')).href);
}
