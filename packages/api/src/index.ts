/** types.API and runv.Control: the messages, what a server implements, and a client of promises and async iterables. */
export * as control from './generated/runv/control.ts';
export * as types from './generated/types/api.ts';
export { type CallOptions, connect, type RunvClient } from './client.ts';
