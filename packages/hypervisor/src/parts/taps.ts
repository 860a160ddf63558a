/** Names of taps, and the addresses of the network devices that they lead to. */
import { HypervisorError } from '../errors.ts';

export const MAC_PREFIX = '02:72:75:6e:76:';
/** The kernel's limit, IFNAMSIZ, without its NUL. */
const LONGEST_NAME = 15;

/** The address of a VM's device: the same in every VM, since no packet has it. */
export function macOf(number: number): string {
  return `${MAC_PREFIX}${number.toString(16).padStart(2, '0')}`;
}

/** @throws HypervisorError `UNSUPPORTED` */
export function checkTapName(tap: string): void {
  if (/^[A-Za-z0-9_-]+$/.test(tap) && tap.length <= LONGEST_NAME) return;
  throw new HypervisorError(
    'UNSUPPORTED',
    `the tap's name '${tap}' is not 1 to ${LONGEST_NAME} letters, digits, '-' and '_'`,
  );
}
