/** The driver that the tests run with: the one that `RUNV_DRIVER` names, else QEMU. */
import { probe } from '@runv/driver-loader';

let found: ReturnType<typeof probe> | undefined;

export function driverUnderTest(): ReturnType<typeof probe> {
  found ??= probe(process.env.RUNV_DRIVER ?? '');
  return found;
}
