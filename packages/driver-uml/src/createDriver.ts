/** The driver: a virtual machine is a User-mode Linux, whose kernel is the program that runs. */
import { fileURLToPath } from 'node:url';
import type {
  DriverInfo,
  DriverOptions,
  HypervisorDriver,
  RecoverOptions,
  VirtualMachine,
  VmOptions,
} from '@runv/hypervisor';
import { CONTRACT_VERSION, HypervisorError } from '@runv/hypervisor';
import { readSettings, secondsSetting } from '@runv/hypervisor/parts';
import { createVm } from './machine/createVm.ts';
import { recoverVm } from './machine/recoverVm.ts';

export interface UmlDriverOptions extends Pick<DriverOptions, 'settings'> {
  /** How long a VM may take from its start until its kernel answers, in ms (60,000). It takes 30 on an idle machine. */
  readonly startLimitMs?: number | undefined;
}

/**
 * Settings: `start-limit`, in seconds, as `startLimitMs`.
 *
 * @throws HypervisorError `UNSUPPORTED` on another machine than x64, or for a setting that there is not
 *
 * @example
 * const driver = await createDriver();
 * const vm = await driver.createVm({ boot: { kernel: '/path/to/linux', … }, … });
 */
export async function createDriver(options: UmlDriverOptions = {}): Promise<HypervisorDriver> {
  if (process.arch !== 'x64')
    throw new HypervisorError('UNSUPPORTED', `User-mode Linux needs an x64 machine, and this is ${process.arch}`);
  const { 'start-limit': limitS = 60 } = readSettings('uml', options.settings, { 'start-limit': secondsSetting });
  const limitMs = options.startLimitMs ?? limitS * 1000;
  return {
    contract: CONTRACT_VERSION,
    info: INFO,
    createVm: (vm: VmOptions): Promise<VirtualMachine> => createVm(vm, limitMs),
    recoverVm: (vm: RecoverOptions): Promise<VirtualMachine> => recoverVm(vm),
  };
}

const INFO: DriverInfo = {
  name: 'uml',
  // The driver's own: the kernel that runs is the guest's.
  version: '0.1.0',
  executable: fileURLToPath(import.meta.url),
  accelerator: 'seccomp',
  machine: 'uml',
  guest: 'uml',
  capabilities: { clone: false, growCpus: true, growMemory: true, memoryOnDemand: true, networks: true },
};
