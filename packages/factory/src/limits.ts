/** How long a driver may take. `pnpm limits` lists these. */

/**
 * How long a driver may take to start a VM, whoever waits for it.
 *
 * @reached the start fails; a VM that comes still is killed
 */
export const START_MS = 120_000;

/**
 * How long a driver may take to undo a start that was aborted.
 *
 * @reached it is waited for no longer; a VM that comes still is killed
 */
export const UNDO_MS = 5000;
