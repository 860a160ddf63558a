/** types.API and runv.Control on a unix socket, one file per call. */
export { openFifos } from './fifo/openFifos.ts';
export { AddressError, type RunvServer, type ServerOptions, startServer } from './startServer.ts';
