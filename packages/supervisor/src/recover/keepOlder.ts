/** Keeps a VM whose guest is older than this daemon can talk to, until its containers end. */
import type { FactoryVm } from '@runv/factory';
import { endContainer } from './endContainer.ts';
import type { Found } from './findRecords.ts';
import { comeBack } from './recordedStdio.ts';
import type { Recovering } from './recoverPod.ts';

export async function keepOlder(recovering: Recovering, vm: FactoryVm, found: readonly Found[]): Promise<void> {
  const { context } = recovering;
  const ids = found.filter(({ aside, record }) => !aside && record.status !== 'stopped').map(({ record }) => record.id);
  for (const id of ids) context.older.set(id, vm);
  context.logger.warn(
    { vm: vm.id, containers: ids },
    'the guest of a VM speaks an older protocol: its containers run on, and can only be ended',
  );
  // Their shims wait with them.
  for (const { record } of found) {
    for (const process of record.runv.processes ?? [])
      if (process.shim) void comeBack(recovering.findStdio, process, { stdinFrom: undefined, logger: context.logger });
  }
  void vm.exited.then(async ({ detail }) => {
    await Promise.all(found.map((one) => endContainer(recovering, one, detail)));
    for (const id of ids) context.older.delete(id);
    await vm[Symbol.asyncDispose]();
  });
}
