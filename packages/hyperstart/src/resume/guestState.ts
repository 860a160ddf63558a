/** What a guest has when a host comes to it: its answer to LIST. */
import * as z from 'zod/mini';
import { parseJson } from '../control/parseJson.ts';
import { broken } from '../errors.ts';
import { LIST_NESTS } from '../limits.ts';
import type { StreamState } from '../stdio/flow.ts';

const count = z.int().check(z.gte(0));

const Process = z.object({
  container: z.string(),
  id: z.string(),
  pid: z.int(),
  /** `starting`: it is about to run, or not to. */
  state: z.enum(['starting', 'created', 'running', 'ended']),
  /** Its program runs, or has run; guests before this word say nothing. */
  ran: z.optional(z.boolean()),
  status: z.int().check(z.gte(0), z.lte(255)),
  exitTaken: z.boolean(),
  stdio: count,
  stderr: count,
  terminal: z.boolean(),
  received: count,
  taken: count,
  inputEnded: z.boolean(),
  stdoutPassed: count,
  stdoutEnded: z.boolean(),
  stderrPassed: count,
  stderrEnded: z.boolean(),
});

const State = z.object({
  containers: z.array(z.object({ id: z.string(), frozen: z.boolean() })),
  processes: z.array(Process),
});

export type GuestState = Readonly<z.infer<typeof State>>;
export type ListedProcess = Readonly<z.infer<typeof Process>>;

/** @throws GuestError `PROTOCOL` */
export function parseGuestState(answer: Buffer): GuestState {
  const state = State.safeParse(parseJson(answer, LIST_NESTS)).data;
  if (!state) throw broken('it answered LIST with something else than what it has');
  return state;
}

export function stdioState(process: ListedProcess): StreamState {
  const { stdoutPassed: passed, stdoutEnded: ended, received, taken, inputEnded } = process;
  return { passed, ended, received, taken, inputEnded };
}

export function stderrState({ stderrPassed: passed, stderrEnded: ended }: ListedProcess): StreamState {
  return { passed, ended, received: 0, taken: 0, inputEnded: true };
}
