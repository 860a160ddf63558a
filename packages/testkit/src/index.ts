/** Real bundles, daemons and clients for this repository's tests and benches. */
export { type BundleOptions, Bundles } from './bundle.ts';
export { BIN, Daemon, type DaemonOptions } from './daemon.ts';
export { Fifos } from './fifos.ts';
export { exitOf, type Outcome, runContainer, runExec, until } from './run.ts';
