/** What a guest may take, in time and in room. `pnpm limits` writes docs/limits.md from the `limits.ts` of each package. */

/**
 * How long a guest may take to answer a request that is not named below.
 *
 * @reached the request fails with TIMEOUT, which names the request, the container and the limit
 */
export const ANSWER_MS = 30_000;

/**
 * How long a guest may take to make or start a container, or to run one more process; a container's hooks come on top.
 *
 * @reached the call fails with TIMEOUT; a process that the guest starts later is killed
 */
export const START_MS = 60_000;

/**
 * How long a `startContainer` hook without a timeout of its own may take, in the limit of its container's start.
 *
 * @reached the container's start fails with TIMEOUT
 */
export const HOOK_MS = 600_000;

/**
 * How long a session goes on after the stdio channel has ended or failed: the other one may still have what the guest said last.
 *
 * @reached the session ends
 */
export const HANG_UP_MS = 1000;

/**
 * How long the streams of an ended pod's processes may be silent without an end of file, when all that came was passed on.
 *
 * @reached the stream ends there
 */
export const END_OF_FILE_MS = 10_000;

/**
 * Requests that a guest may leave without an answer at a time.
 *
 * @reached further requests fail with TIMEOUT at once
 */
export const UNANSWERED = 1000;

/**
 * Bytes for a guest that wait on the host because it does not read its control channel.
 *
 * @reached further requests fail with TIMEOUT at once
 */
export const UNREAD_BYTES = 32 << 20;

/**
 * The longest message of the extended protocol, either way.
 *
 * @reached a request fails with UNSUPPORTED; a guest that sends more broke the protocol, and its VM is killed
 */
export const MESSAGE_BYTES = 8 << 20;

/**
 * The longest JSON in a guest's message.
 *
 * @reached a refusal has no reason; with anything else the guest broke the protocol, and its VM is killed
 */
export const JSON_BYTES = 1 << 20;

/**
 * Objects and arrays in a guest's JSON: a million, each in the other, would keep the daemon for seconds.
 *
 * @reached as JSON_BYTES
 */
export const JSON_NESTS = 1000;

/**
 * The longest frame that a guest may send on the stdio channel.
 *
 * @reached the guest broke the protocol, and its VM is killed
 */
export const STDIO_FRAME_BYTES = 1 << 20;

/**
 * Messages that are no answers, such as events and queries, that a guest may send in a second.
 *
 * @reached the guest broke the protocol, and its VM is killed
 */
export const MESSAGES_PER_S = 10_000;

/**
 * How often a container's `oom` events are passed on, at most.
 *
 * @reached the event is dropped
 */
export const OOM_EVENT_MS = 1000;

/**
 * Name queries of a guest that are under way at a time; our guest has 64 at most.
 *
 * @reached the guest broke the protocol, and its VM is killed
 */
export const QUERIES_UNDER_WAY = 128;

/**
 * Name queries of a guest that are asked in a second.
 *
 * @reached further queries wait
 */
export const QUERIES_PER_S = 1000;

/**
 * The longest name query.
 *
 * @reached the guest broke the protocol, and its VM is killed
 */
export const QUERY_BYTES = 64 << 10;

/**
 * A guest's own words in an error, a log line or on a terminal. Control characters in them are escaped.
 *
 * @reached the rest is cut off
 */
export const TEXT_BYTES = 4 << 10;

/**
 * Exits that a guest may report before the host that has come knows its processes.
 *
 * @reached the guest broke the protocol, and its VM is killed
 */
export const EARLY_EXITS = 10_000;

/**
 * Objects and arrays in a guest's list of what it has: one for each container and process.
 *
 * @reached as JSON_BYTES
 */
export const LIST_NESTS = 10_000;
