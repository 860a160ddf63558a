// Sets up a fresh clone. Each step does nothing if it is already done.
import { readFile } from 'node:fs/promises';
import { makeDebianRootfs, makeNewerDebian } from './debianRootfs.mjs';
import { makeGuestImages, makeMinimalKernel, makeUmlKernel } from './guestImages.mjs';
import { inRoot } from './paths.mjs';
import { pnpm } from './pnpm.mjs';
import { step } from './progress.mjs';
import { enginePackages, installSystemPackages, kernelBuildPackages } from './systemPackages.mjs';

/**
 * Returns the guest's images: `{ kernel, initrd, kernelVersion }`.
 *
 * @param {object} [options]
 * @param {boolean} [options.minimalKernel] also build the minimal kernel, unless it is cached: eleven CPU-minutes
 * @param {boolean} [options.umlKernel] also build the User-mode Linux, unless it is cached: eight CPU-minutes or more
 * @param {boolean} [options.engines] also install the engines that the tests start
 * @param {boolean} [options.newerEngines] also make the root file system with those of Debian 13, unless it is cached
 * @param {boolean} [options.programs] also make the root file system of the programs that tests run, unless it is cached: some minutes
 */
export async function setUp({
  minimalKernel = false,
  umlKernel = false,
  engines = false,
  newerEngines = false,
  programs = false,
} = {}) {
  const builds = minimalKernel || umlKernel;
  await installSystemPackages({ ...(builds ? kernelBuildPackages : {}), ...(engines ? enginePackages : {}) });
  await step('Installing npm packages', installNpmPackages);
  await step('Building', (say) => pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'], say));
  if (minimalKernel) await step('Building the minimal kernel', makeMinimalKernel);
  if (umlKernel) await step('Building User-mode Linux', makeUmlKernel);
  if (programs) await step("Making the root file system of the tests' programs", makeDebianRootfs);
  if (newerEngines) await step('Making the root file system of Debian 13', makeNewerDebian);
  return await step("Making the guest's kernel and initrd", makeGuestImages);
}

// pnpm keeps a copy of the lockfile that it has installed.
/** @param {(line: string) => void} say */
async function installNpmPackages(say) {
  const [wanted, installed] = await Promise.all([
    readFile(inRoot('pnpm-lock.yaml'), 'utf8'),
    readFile(inRoot('node_modules', '.pnpm', 'lock.yaml'), 'utf8').catch(() => undefined),
  ]);
  if (wanted !== installed) await pnpm(['install', '--frozen-lockfile', '--reporter=append-only'], say);
}
