/** Exit statuses that the supervisor gives by itself. */
import { constants } from 'node:os';

export const { SIGKILL } = constants.signals;

/** The status of a process that ended with its VM, as if by SIGKILL. */
export const KILLED = 128 + SIGKILL;

/** The status of a shim whose process never ran. */
export const NOT_RUN = 127;
