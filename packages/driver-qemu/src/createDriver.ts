/** Finds QEMU on this machine, learns its version and whether KVM works, and gives the driver. */
import type { DriverInfo, HypervisorDriver, RecoverOptions, VirtualMachine, VmOptions } from '@runv/hypervisor';
import { CONTRACT_VERSION, HypervisorError } from '@runv/hypervisor';
import { findExecutable } from './executable/findExecutable.ts';
import { checkVersion, readVersion } from './executable/readVersion.ts';
import { type KvmVerdict, kvmVerdict } from './kvm/kvmVerdict.ts';
import { createVm } from './machine/createVm.ts';
import { machineFingerprint } from './machine/machineFingerprint.ts';
import { recoverVm } from './machine/recoverVm.ts';
import { openProbeCache } from './probeCache.ts';

export interface QemuDriverOptions {
  /** QEMU's path or name. Otherwise `RUNV_QEMU`, then `qemu-system-x86_64` on the PATH, then `/usr/libexec/qemu-kvm`. */
  readonly executable?: string | undefined;
  /** `auto` (the default) takes KVM where it works and TCG elsewhere; `kvm` fails where it does not work. */
  readonly accelerator?: 'auto' | 'kvm' | 'tcg' | undefined;
  /** Where to remember QEMU's version and whether KVM works. Otherwise `RUNV_CACHE`, then `/var/cache/runv` or `~/.cache/runv`. */
  readonly cacheDir?: string | undefined;
  /** How long QEMU may take from its start to a running guest, in ms (60,000). It takes 40 on an idle machine. */
  readonly startLimitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface QemuDriver extends HypervisorDriver {
  /** Whether KVM runs guests on this machine, and why (not). The trial, at most a second, happens once a boot. */
  kvmVerdict(signal?: AbortSignal): Promise<KvmVerdict>;
}

/**
 * @throws HypervisorError `NOT_FOUND` when there is no QEMU, `UNSUPPORTED` when it is older than 6.0 or when `kvm` was
 *   demanded and does not work
 * @example
 * const driver = await createDriver({});
 * console.log(driver.info); // { name: 'qemu', version: '7.2.22', executable: '/usr/bin/qemu-system-x86_64', accelerator: 'tcg' }
 */
export async function createDriver(options: QemuDriverOptions = {}): Promise<QemuDriver> {
  const executable = await findExecutable({ executable: options.executable, env: process.env });
  const cache = await openProbeCache(executable, options.cacheDir);
  const version = await readVersion(executable, cache, options.signal);
  checkVersion(executable, version);
  const verdict = (signal?: AbortSignal): Promise<KvmVerdict> => kvmVerdict(executable, cache, signal);
  const accelerator = await chooseAccelerator(options, verdict);
  const info = {
    name: 'qemu',
    version,
    executable,
    accelerator,
    machine: await machineFingerprint(executable, accelerator),
    guest: 'pc',
    capabilities: { clone: true, growCpus: true, growMemory: true, networks: true },
  };
  return new InstalledQemu(info, verdict, options.startLimitMs ?? 60_000);
}

async function chooseAccelerator(
  options: QemuDriverOptions,
  verdict: (signal?: AbortSignal) => Promise<KvmVerdict>,
): Promise<'kvm' | 'tcg'> {
  if (options.accelerator === 'tcg') return 'tcg';
  const kvm = await verdict(options.signal);
  if (kvm.works) return 'kvm';
  if (options.accelerator !== 'kvm') return 'tcg';
  throw new HypervisorError(
    'UNSUPPORTED',
    `KVM was requested but does not work: ${kvm.reason}; use the driver 'qemu', which falls back to emulation`,
  );
}

class InstalledQemu implements QemuDriver {
  readonly contract = CONTRACT_VERSION;
  readonly info: DriverInfo;
  readonly kvmVerdict: (signal?: AbortSignal) => Promise<KvmVerdict>;

  readonly #startLimitMs: number;

  constructor(info: DriverInfo, verdict: (signal?: AbortSignal) => Promise<KvmVerdict>, startLimitMs: number) {
    this.info = info;
    this.#startLimitMs = startLimitMs;
    this.kvmVerdict = verdict;
  }

  createVm(options: VmOptions): Promise<VirtualMachine> {
    return createVm(this.info, options, this.#startLimitMs);
  }

  recoverVm(options: RecoverOptions): Promise<VirtualMachine> {
    return recoverVm(options);
  }
}
