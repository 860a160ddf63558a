/** Chooses the driver where nobody has named one. */
import type { DriverInfo, HypervisorDriver } from '@runv/hypervisor';
import { type ProbeOptions, probe } from './probe.ts';

export interface Choice {
  readonly driver: HypervisorDriver;
  /** For a person to read. */
  readonly why: string;
}

/**
 * QEMU where KVM works. Elsewhere QEMU emulates each instruction, and User-mode Linux, which runs programs at the CPU's own speed, is taken
 * where it fits.
 *
 * @param fits whether a driver's guest is there, and it can what is needed
 * @throws what `probe` throws for QEMU, where neither can be taken
 * @example
 * const { driver, why } = await probeDefault(({ guest }) => guest !== 'uml');
 */
export async function probeDefault(
  fits: (info: DriverInfo) => boolean | Promise<boolean>,
  options: ProbeOptions = {},
): Promise<Choice> {
  const qemu = await settled(probe('qemu', options));
  if (qemu.driver?.info.accelerator === 'kvm') return { driver: qemu.driver, why: 'the default, because KVM works' };
  const { driver: uml } = await settled(probe('uml', options));
  if (uml && (await fits(uml.info)))
    return { driver: uml, why: 'the default, because KVM does not work here, and its kernel was built' };
  if (!qemu.driver) throw qemu.error;
  return {
    driver: qemu.driver,
    why: 'the default; KVM does not work here, and User-mode Linux does not fit or was not built',
  };
}

/** Options that are another driver's keep one from being taken. */
async function settled(probed: Promise<HypervisorDriver>): Promise<{ driver?: HypervisorDriver; error?: unknown }> {
  return await probed.then(
    (driver) => ({ driver }),
    (error: unknown) => ({ error }),
  );
}
