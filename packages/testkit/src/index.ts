/** Real bundles, programs, daemons and clients for this repository's tests and benches. */
export { type BundleOptions, Bundles } from './bundle.ts';
export { BIN, Daemon, type DaemonOptions, LAUNCHER } from './daemon.ts';
export { driverUnderTest } from './driverUnderTest.ts';
export { type Containerd, startContainerd } from './engines/containerd.ts';
export { type Cri, startCri } from './engines/cri.ts';
export { GATEWAY } from './engines/criConfig.ts';
export { CHANNEL, type CriStream, openStream } from './engines/criStream.ts';
export { type Engine, startDocker, startPodman } from './engines/engine.ts';
export { IMAGE } from './engines/image.ts';
export { newerDebian } from './engines/newerDebian.ts';
export { cgroupsIn, Sandbox } from './engines/sandbox.ts';
export { Fifos } from './fifos.ts';
export { DEBIAN_ROOTFS_MS, debianRootfs } from './programs/debianRootfs.ts';
export { type ProgramOptions, programSpec } from './programs/programSpec.ts';
export { type Writable, writable } from './programs/writable.ts';
export { exitOf, type Outcome, runContainer, runExec, until } from './run.ts';
export { usersOf } from './usersOf.ts';
