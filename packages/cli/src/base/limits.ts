/** What commands, texts of others and HTTP clients may take. `pnpm limits` writes docs/limits.md. */

/**
 * A text in the daemon's log, such as a message of a guest's or an id of a client's. Control characters in it are escaped.
 *
 * @reached the rest is cut off, and the text's length is said
 */
export const LOG_TEXT_BYTES = 4 << 10;

/**
 * All texts of one line in the daemon's log.
 *
 * @reached further texts of the line are left out
 */
export const LOG_LINE_BYTES = 32 << 10;

/**
 * Connections at a time to what `--metrics` serves.
 *
 * @reached further ones are closed
 */
export const METRICS_CONNECTIONS = 32;

/**
 * How long a command waits for a daemon that another command is starting.
 *
 * @reached the command fails, and says so
 */
export const START_WAIT_MS = 60_000;
