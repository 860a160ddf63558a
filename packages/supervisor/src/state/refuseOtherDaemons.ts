/** Refuses to remove what another daemon answers for: several can have their records in one directory. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { SupervisorError } from '../base/errors.ts';
import type { ContainerRecord } from './containerRecord.ts';

/**
 * @param containerdDir this daemon's
 * @throws SupervisorError `FAILED_PRECONDITION` when the record's daemon is another one that answers, or whose VM is there
 */
export async function refuseOtherDaemons({ id, runv }: ContainerRecord, containerdDir: string): Promise<void> {
  const { vm, daemon } = runv;
  if (daemon.containerdDir === containerdDir) return;
  if (!existsSync(vm.dir) && !(await answers(daemon.socket))) return;
  throw new SupervisorError(
    'FAILED_PRECONDITION',
    `container ${id} is that of the daemon that listens on ${daemon.socket}: delete it there`,
  );
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket, () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
