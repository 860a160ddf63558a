/** What the daemon sends and takes by gRPC. `pnpm limits` lists these. */

/**
 * An error's text in a gRPC status, as it is written in a header of HTTP/2: more would end the connection, with all calls on it.
 *
 * @reached the rest is cut off
 */
export const DETAILS_BYTES = 7 << 10;

/**
 * The longest message that a client may send.
 *
 * @reached the call fails with RESOURCE_EXHAUSTED, and others on the connection go on
 */
export const REQUEST_BYTES = 16 << 20;
