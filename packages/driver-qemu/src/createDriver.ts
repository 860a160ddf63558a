/** Finds QEMU on this machine, learns its version and whether KVM works, and gives the driver. */
import type {
  DriverInfo,
  DriverOptions,
  Finding,
  HypervisorDriver,
  RecoverOptions,
  VirtualMachine,
  VmOptions,
} from '@runv/hypervisor';
import { CONTRACT_VERSION, HypervisorError } from '@runv/hypervisor';
import { oneOf, readSettings, secondsSetting } from '@runv/hypervisor/parts';
import { findExecutable } from './executable/findExecutable.ts';
import { checkVersion, readVersion } from './executable/readVersion.ts';
import { type KvmVerdict, kvmVerdict } from './kvm/kvmVerdict.ts';
import { createVm } from './machine/createVm.ts';
import { machineFingerprint } from './machine/machineFingerprint.ts';
import { recoverVm } from './machine/recoverVm.ts';
import { openProbeCache } from './probeCache.ts';

const ACCELERATORS = ['auto', 'kvm', 'tcg'] as const;

const SETTINGS = { accelerator: oneOf(...ACCELERATORS), 'start-limit': secondsSetting };

export interface QemuDriverOptions extends DriverOptions {
  /** QEMU's path or name. Otherwise `RUNV_QEMU`, then `qemu-system-x86_64` on the PATH, then `/usr/libexec/qemu-kvm`. */
  readonly executable?: string | undefined;
  /** `auto` (the default) takes KVM where it works and TCG elsewhere; `kvm` fails where it does not work. */
  readonly accelerator?: (typeof ACCELERATORS)[number] | undefined;
  /** Where to remember QEMU's version and whether KVM works. Otherwise `RUNV_CACHE`, then `/var/cache/runv` or `~/.cache/runv`. */
  readonly cacheDir?: string | undefined;
  /** How long QEMU may take from its start to a running guest, in ms (60,000). It takes 40 on an idle machine. */
  readonly startLimitMs?: number | undefined;
}

/**
 * Settings: `accelerator`, and `start-limit` in seconds, as the options of these names.
 *
 * @throws HypervisorError `NOT_FOUND` when there is no QEMU, `UNSUPPORTED` when it is older than 6.0, when `kvm` was
 *   demanded and does not work, or for a setting that there is not
 * @example
 * const driver = await createDriver({});
 * console.log(driver.info); // { name: 'qemu', version: '7.2.22', executable: '/usr/bin/qemu-system-x86_64', accelerator: 'tcg' }
 */
export async function createDriver(options: QemuDriverOptions = {}): Promise<HypervisorDriver> {
  const { accelerator: set, 'start-limit': limitS = 60 } = readSettings('qemu', options.settings, SETTINGS);
  const executable = await findExecutable({ executable: options.executable, env: process.env });
  const cache = await openProbeCache(executable, options.cacheDir);
  const version = await readVersion(executable, cache, options.signal);
  checkVersion(executable, version);
  const verdict = (signal?: AbortSignal): Promise<KvmVerdict> => kvmVerdict(executable, cache, signal);
  // The name kvm demands it, whatever a setting says.
  const wanted = options.accelerator === 'kvm' ? 'kvm' : (set ?? options.accelerator ?? 'auto');
  const accelerator = await chooseAccelerator(wanted, () => verdict(options.signal));
  const info = {
    name: 'qemu',
    version,
    executable,
    accelerator,
    machine: await machineFingerprint(executable, accelerator),
    guest: 'pc',
    capabilities: { clone: true, growCpus: true, growMemory: true, memoryOnDemand: false, networks: true },
  };
  return new InstalledQemu(info, verdict, options.startLimitMs ?? limitS * 1000);
}

async function chooseAccelerator(
  wanted: (typeof ACCELERATORS)[number],
  verdict: () => Promise<KvmVerdict>,
): Promise<'kvm' | 'tcg'> {
  if (wanted === 'tcg') return 'tcg';
  const kvm = await verdict();
  if (kvm.works) return 'kvm';
  if (wanted !== 'kvm') return 'tcg';
  throw new HypervisorError(
    'UNSUPPORTED',
    `KVM was requested but does not work: ${kvm.reason}; use the driver 'qemu', which falls back to emulation`,
  );
}

class InstalledQemu implements HypervisorDriver {
  readonly contract = CONTRACT_VERSION;
  readonly info: DriverInfo;
  readonly #verdict: () => Promise<KvmVerdict>;
  readonly #startLimitMs: number;

  constructor(info: DriverInfo, verdict: () => Promise<KvmVerdict>, startLimitMs: number) {
    this.info = info;
    this.#verdict = verdict;
    this.#startLimitMs = startLimitMs;
  }

  /** Whether KVM runs guests on this machine, and why (not). The trial, at most a second, happens once a boot. */
  async examine(): Promise<Finding[]> {
    const { works, reason } = await this.#verdict();
    if (works) return [{ level: 'ok', what: 'KVM', detail: reason }];
    return [{ level: 'note', what: 'KVM', detail: `${reason}; QEMU emulates instead, which is slower` }];
  }

  createVm(options: VmOptions): Promise<VirtualMachine> {
    return createVm(this.info, options, this.#startLimitMs);
  }

  recoverVm(options: RecoverOptions): Promise<VirtualMachine> {
    return recoverVm(options);
  }
}
