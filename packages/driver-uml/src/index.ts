/** The hypervisor contract on User-mode Linux. */
export { createDriver, type UmlDriverOptions } from './createDriver.ts';
