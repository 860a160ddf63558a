// How slow this machine is, so that the time limit of a whole run follows it: the tests' work is nearly all the CPU's.
import { spawnSync } from 'node:child_process';

/** A start of Node takes so long on the machine that the limits were set on, in ms. */
const REFERENCE_MS = 50;
/** More than this is no slow machine but one that is busy with something else. */
const MOST = 3;
const SAMPLES = 5;

/**
 * @param {number} startMs how long a start of Node takes here
 * @returns {number} 1 on a machine that is as fast as the reference, or faster; at most 3
 */
export function slownessOf(startMs) {
  return Math.min(Math.max(startMs / REFERENCE_MS, 1), MOST);
}

/** @returns {number} the median of a few starts of Node, in ms */
export function measureStart() {
  const samples = Array.from({ length: SAMPLES }, () => {
    const begin = performance.now();
    spawnSync(process.execPath, ['-e', '0'], { stdio: 'ignore' });
    return performance.now() - begin;
  });
  return samples.sort((a, b) => a - b)[Math.floor(SAMPLES / 2)] ?? REFERENCE_MS;
}
