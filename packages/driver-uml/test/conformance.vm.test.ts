import { guestImages } from '@runv/guest';
import { runConformance } from '@runv/hypervisor/conformance';
import { createDriver } from '../src/index.ts';

runConformance({
  name: 'uml',
  createDriver: () => createDriver(),
  bootConfig: async () => ({ cpus: 1, memoryMiB: 128, hotAddCpuMem: false, ...(await guestImages({ kernel: 'uml' })) }),
});
