/** What a machine is made of, by the names in QEMU's object tree. */
import * as z from 'zod/mini';
import type { QmpClient } from '../qmp/qmpClient.ts';

const properties = z.array(z.object({ name: z.string() }));

export async function qomNames(qmp: QmpClient, path: string): Promise<string[]> {
  return properties.parse(await qmp.execute('qom-list', { path })).map(({ name }) => name);
}

/** The ids of the devices. */
export function peripherals(qmp: QmpClient): Promise<string[]> {
  return qomNames(qmp, PERIPHERAL);
}

export async function deviceText(qmp: QmpClient, id: string, property: string): Promise<string> {
  return z.string().parse(await qmp.execute('qom-get', { path: `${PERIPHERAL}/${id}`, property }));
}

const PERIPHERAL = '/machine/peripheral';
