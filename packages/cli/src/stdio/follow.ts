/** Stays with a process that this command has started. */
import type { EventStream, RunvClient } from '@runv/api';
import { forwardSignals } from './forwardSignals.ts';
import { shareTerminal } from './terminal.ts';
import { waitForExit } from './waitForExit.ts';

export interface Followed {
  readonly id: string;
  readonly pid: string;
  readonly terminal: boolean;
  /** Subscribed before the process was started. */
  readonly events: EventStream;
  readonly outputDone: Promise<void>;
}

/** Resolves with its status when it has ended and all it wrote has been passed on. */
export async function follow(client: RunvClient, process: Followed): Promise<number> {
  const { id, pid, terminal, events, outputDone } = process;
  using _ = terminal ? await shareTerminal(client, id, pid) : forwardSignals(client, id, pid);
  const status = await waitForExit(events, id, pid);
  await outputDone;
  return status;
}
