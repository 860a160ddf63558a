/** Finds a hypervisor driver by name, package or path. */
export { DriverError, type DriverErrorCode } from './errors.ts';
export { type ProbeOptions, probe } from './probe.ts';
export { type Choice, probeDefault } from './probeDefault.ts';
