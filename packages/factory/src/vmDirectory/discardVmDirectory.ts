/** Removes the directory of a VM that has ended, or has not come to be, at the next moment at which this is possible. */
import { lacksDescriptors } from '../errors.ts';
import { removeVmDirectory } from './removeVmDirectory.ts';

const PAUSE_MS = 1000;

/**
 * Resolves also where there is no descriptor left to look into the directory with: it goes then as soon as there is one. A process that
 * ends before that leaves it to the sweep of the next one.
 *
 * @throws FactoryError as `removeVmDirectory`
 */
export async function discardVmDirectory(dir: string): Promise<void> {
  try {
    await removeVmDirectory(dir);
  } catch (error) {
    if (!lacksDescriptors(error)) throw error;
    setTimeout(() => void discardVmDirectory(dir).catch(() => {}), PAUSE_MS).unref();
  }
}
