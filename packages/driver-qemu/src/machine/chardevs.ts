/** Who is connected to a machine's sockets. To connect proves nothing: a socket has taken a client when QEMU says so. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { QmpClient } from '../qmp/qmpClient.ts';

const chardevs = z.array(z.object({ label: z.string(), filename: z.string() }));

/** How often QEMU is asked, in ms. */
const ASK_MS = 5;

/** QEMU's name for a socket without a client begins so. */
const FREE = 'disconnected:';

/** Resolves when none of these sockets has a client: QEMU has seen the end of those that an earlier daemon had. */
export function allFree(qmp: QmpClient, labels: readonly string[]): Promise<void> {
  return until(qmp, labels, (filename) => filename.startsWith(FREE));
}

/** Resolves when each of these sockets has a client. */
export function allTaken(qmp: QmpClient, labels: readonly string[]): Promise<void> {
  return until(qmp, labels, (filename) => !filename.startsWith(FREE));
}

async function until(qmp: QmpClient, labels: readonly string[], is: (filename: string) => boolean): Promise<void> {
  for (;;) {
    const found = chardevs.parse(await qmp.execute('query-chardev'));
    const names = new Map(found.map(({ label, filename }) => [label, filename]));
    const missing = labels.find((label) => !names.has(label));
    if (missing !== undefined) throw new Error(`it has no socket ${missing}`);
    if (labels.every((label) => is(names.get(label) ?? ''))) return;
    await delay(ASK_MS);
  }
}
