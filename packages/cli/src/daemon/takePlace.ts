/** Has a daemon end and leave its containers to this one. */
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@runv/api';
import { CliError } from '../base/failure.ts';
import { answers } from '../client/startDaemon.ts';

/** How long it may take to finish what it has begun, in ms. */
const LIMIT_MS = 30_000;
const POLL_MS = 10;

/** Does nothing where nobody listens. @throws CliError when it does not end */
export async function takePlace(socket: string): Promise<void> {
  if (!(await answers(socket))) return;
  const client = connect(socket);
  try {
    // It has no answer unless it fails: the connection ends with the daemon.
    const said = await client.handOver({}, { timeoutMs: LIMIT_MS }).then(
      () => '',
      (error: Error & { details?: string }) => error.details ?? error.message,
    );
    const until = performance.now() + POLL_MS * 100;
    while (await answers(socket)) {
      if (performance.now() > until)
        throw new CliError(`the daemon that listens on ${socket} does not give up its place: ${said}`);
      await delay(POLL_MS);
    }
  } finally {
    client.close();
  }
}
