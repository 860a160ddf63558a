// Runs pnpm in package.json's version, through npx: nothing is installed globally.
import { readFile } from 'node:fs/promises';
import { Failure } from './failure.mjs';
import { inRoot, root } from './paths.mjs';
import { run } from './run.mjs';

/**
 * @param {readonly string[]} args
 * @param {(line: string) => void} [onLine]
 */
export async function pnpm(args, onLine) {
  const { packageManager } = JSON.parse(await readFile(inRoot('package.json'), 'utf8'));
  if (!/^pnpm@[\d.]+$/.test(packageManager)) {
    throw new Failure(`package.json: packageManager is ${packageManager}, expected pnpm@ and a version`);
  }
  return await run('npx', ['--yes', packageManager, ...args], {
    cwd: root,
    env: {
      TURBO_TELEMETRY_DISABLED: '1',
      TURBO_NO_UPDATE_NOTIFIER: '1',
      // It already is the pinned version, and must not write that into the lockfile.
      pnpm_config_pm_on_fail: 'ignore',
    },
    ...(onLine === undefined ? {} : { onLine }),
  });
}
