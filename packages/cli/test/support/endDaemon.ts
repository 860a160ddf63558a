/** The end of the daemon that a root's commands have started. */
import { existsSync } from 'node:fs';
import { connect } from '@runv/api';
import { until } from '@runv/testkit';
import { sharedSocket } from '../../src/client/paths.ts';

/** As the system ends it; resolves when it has gone. */
export async function endDaemon(root: string): Promise<void> {
  const client = connect(sharedSocket(root));
  const { pid } = await client.info({});
  client.close();
  process.kill(pid, 'SIGTERM');
  await until(() => !existsSync(`/proc/${pid}`));
}
