/**
 * Checks any driver against the contract, in a vitest file of the driver's own package, with real VMs.
 *
 * @example
 * import { runConformance } from '@runv/hypervisor/conformance';
 *
 * runConformance({ name: 'qemu', createDriver: () => createDriver({}), bootConfig: async () => ({ cpus: 1, … }) });
 */
export { type ConformanceGuest, hyperstartGuest } from './conformanceGuest.ts';
export { type ConformanceOptions, runConformance } from './runConformance.ts';
export { children, descriptors, processesNaming } from './traces.ts';
export { needs } from './workbench.ts';
