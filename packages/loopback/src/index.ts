/** Takes TCP connections to the loopback of a network namespace, at any port. */
export { type LoopbackConnection, type LoopbackOptions, takeLoopback } from './takeLoopback.ts';
