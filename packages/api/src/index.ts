/** types.API and runv.Control: the messages, the server interfaces, and a client of promises and async iterables. */

export { type CallOptions, connect, type EventStream, type RunvClient, type Subscription } from './client.ts';
export * as control from './generated/runv/control.ts';
export * as types from './generated/types/api.ts';
export { INIT } from './init.ts';
