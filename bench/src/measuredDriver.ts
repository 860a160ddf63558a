/** What is measured: the driver that `RUNV_DRIVER` names, or QEMU. */
import { driverUnderTest } from '@runv/testkit';

export interface MeasuredDriver {
  /** It has templates. */
  readonly clones: boolean;
  /** The same machine can be started by hand, as a baseline: that is so of QEMU alone. */
  readonly byHand: boolean;
}

export async function measuredDriver(): Promise<MeasuredDriver> {
  const { name, capabilities } = (await driverUnderTest()).info;
  return { clones: capabilities.clone, byHand: name === 'qemu' };
}
