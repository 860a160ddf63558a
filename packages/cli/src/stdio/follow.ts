/** Stays with a process that this command has started. */
import type { EventStream, RunvClient } from '@runv/api';
import type { Attachment } from './attach.ts';
import { forwardSignals } from './forwardSignals.ts';
import { shareTerminal } from './terminal.ts';
import { waitForExit } from './waitForExit.ts';

export interface Followed {
  readonly id: string;
  readonly pid: string;
  readonly terminal: boolean;
  /** Subscribed before the process was started. */
  readonly events: EventStream;
  readonly stdio: Attachment;
}

/** Resolves with its status when it has ended and all it wrote has been passed on. */
export async function follow(client: RunvClient, process: Followed): Promise<number> {
  const { id, pid, terminal, events, stdio } = process;
  using _ = terminal ? await shareTerminal(client, id, pid) : forwardSignals(client, id, pid);
  stdio.begin();
  const status = await waitForExit(events, id, pid);
  await stdio.outputDone;
  return status;
}
