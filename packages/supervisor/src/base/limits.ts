/** How long what a guest or a driver does may take, and how large what a client sends may be. `pnpm limits` lists them. */

/**
 * How long a VM may take to be there and its guest to come up, to STARTPOD, SETCLOCK and its network, unless `--boot-timeout` says otherwise.
 *
 * @reached the create fails with TIMEOUT, which names the step that was waited for, and its VM is killed
 */
export const BOOT_MS = 60_000;

/**
 * How long a driver may take to undo a start that was given up.
 *
 * @reached the VM is waited for no longer; it is killed when it comes still
 */
export const GIVE_UP_MS = 5000;

/**
 * How long a container may take to end after SIGKILL, or to be gone after `delete --force`.
 *
 * @reached its VM is killed, unless the guest still answers
 */
export const KILL_GRACE_MS = 10_000;

/**
 * How long that may take in a guest that still answers, and may be writing files back.
 *
 * @reached its VM is killed
 */
export const WRITE_BACK_MS = 30_000;

/**
 * How long a guest that has come up may answer nothing. It is asked four times in this time, whether anybody wants something of it or not.
 *
 * @reached its VM is killed, and its processes get their exit events
 */
export const SILENT_MS = 60_000;

/**
 * How long a guest may take to end a container whose create was given up in a pod that goes on.
 *
 * @reached the pod's VM is killed
 */
export const TAKE_BACK_MS = 60_000;

/**
 * How long the guest of an ended pod may take to write back and power off.
 *
 * @reached its VM is killed
 */
export const SHUTDOWN_MS = 10_000;

/**
 * How long the processes of a container may take to stand still: one that waits for a file of the host cannot at once.
 *
 * @reached the pause fails with TIMEOUT, and the container runs on
 */
export const FREEZE_MS = 10_000;

/**
 * How long a guest may take to bring a CPU or memory online; it takes 300 ms under emulation.
 *
 * @reached the create or update fails with TIMEOUT
 */
export const ONLINE_MS = 30_000;

/**
 * How long a guest that nobody waits for may take to come up and to be warmed up.
 *
 * @reached the VM is killed, and another one made later
 */
export const PATIENCE_MS = 120_000;

/**
 * How long the host's kernel may take to kill the process that stands for an OOM kill in a guest.
 *
 * @reached the engine is not told of the OOM kill
 */
export const OOM_REPORT_MS = 30_000;

/**
 * The longest name of a container or a process that a client may give.
 *
 * @reached the call fails with INVALID_ARGUMENT
 */
export const NAME_BYTES = 1024;

/**
 * How long a VM of an earlier daemon, and its guest, may take until they are taken over.
 *
 * @reached the VM is killed, and its processes get their exit events
 */
export const RECOVER_MS = 30_000;

/**
 * How long the list of all containers waits for those of an earlier daemon that are being taken over.
 *
 * @reached the list is given without them
 */
export const RECOVERED_MS = 2000;

/**
 * How long creates under way may take when another daemon takes this one's place.
 *
 * @reached they are given up, and fail with UNAVAILABLE
 */
export const HAND_OVER_MS = 10_000;

/**
 * How long a VM may take to end whose guest cannot be reached any more.
 *
 * @reached it is killed
 */
export const ENDING_MS = 10_000;
