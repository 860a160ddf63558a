/** types.API and runv.Control on a unix socket, one file per call. */
export { ShimServer } from './shim/shimServer.ts';
export { AddressError, listenOn } from './socketPath.ts';
export { type RunvServer, type ServerOptions, startServer } from './startServer.ts';
