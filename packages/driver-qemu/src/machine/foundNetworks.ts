/** The taps of a machine to which another process may have given some. */
import type { VmNetwork } from '@runv/hypervisor';
import { macOf } from '@runv/hypervisor/parts';
import * as z from 'zod/mini';
import type { QmpClient } from '../qmp/qmpClient.ts';
import { deviceId, hubPortId, IDLE_MAC, numberOf } from './network.ts';
import { deviceText, peripherals } from './qom.ts';

/** Lines such as `hbpb: index=0,type=tap,fd=36`; one on the hub has its port's name before that. */
const TAP = /^(?: \\ )?(?:(\S+): )?(\S+): index=\d+,type=tap\b/;

export interface NamedTap {
  readonly tap: string;
  /** The port by which it is on the hub of the device that the machine booted with. */
  readonly hubPort: string | undefined;
}

/** @param text the monitor's `info network`, for people: no command for programs lists what has no device yet */
export function tapsIn(text: string): NamedTap[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, hubPort, tap] = TAP.exec(line) ?? [];
    return tap === undefined ? [] : [{ tap, hubPort }];
  });
}

/** A tap that leads nowhere is removed: its daemon ended before it had a device, or after its device was taken from it. */
export async function foundNetworks(qmp: QmpClient): Promise<VmNetwork[]> {
  const [plugged, text] = await Promise.all([
    peripherals(qmp),
    qmp.execute('human-monitor-command', { 'command-line': 'info network' }),
  ]);
  const found: VmNetwork[] = [];
  for (const { tap, hubPort } of tapsIn(z.string().parse(text))) {
    if (hubPort === hubPortId(tap)) found.push({ tap, deviceMac: IDLE_MAC });
    else if (plugged.includes(deviceId(tap)))
      found.push({ tap, deviceMac: macOf(numberOf(await deviceText(qmp, deviceId(tap), 'mac'))) });
    else await qmp.execute('netdev_del', { id: tap });
  }
  return found;
}
