/** Starts processes in the guest. One whose start was given up is taken back when the guest says that it has it. */
import * as z from 'zod/mini';
import { inTime } from './control/answerLimits.ts';
import { CODE } from './control/codes.ts';
import type { ControlChannel } from './control/controlChannel.ts';
import { encodeJson } from './control/encodeJson.ts';
import { parseJson } from './control/parseJson.ts';
import { broken, GuestError, type GuestErrorCode } from './errors.ts';
import type { Exits, ProcessEnd } from './exits.ts';
import type { GuestInfo } from './guestInfo.ts';
import type { GuestProcess } from './guestProcess.ts';
import type { Sessions } from './messages.ts';
import { type ListedProcess, stderrState, stdioState } from './resume/guestState.ts';
import type { StdioChannel } from './stdio/stdioChannel.ts';
import type { StdioStream } from './stdio/stdioStream.ts';

/** Process events in the base protocol begin with this version. */
export const ASYNC_EVENTS = 4244;

/** A failed start with one of these left nothing at the guest, or the guest has ended. */
const ANSWERED: readonly GuestErrorCode[] = ['REFUSED', 'NO_COMMAND', 'UNSUPPORTED', 'CLOSED', 'PROTOCOL'];

const Pid = z.object({ pid: z.int() });

export interface ProcessStart {
  readonly container: string;
  readonly id: string;
  readonly terminal: boolean;
  /** NEWCONTAINER or EXECCMD. */
  readonly command: number;
  readonly message: (sessions: Sessions) => object;
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called when nothing is left of a process whose start failed. */
  readonly forgotten?: () => void;
}

/** A process that the guest has started although nobody waits for it any more. */
export interface LateProcess extends Pick<ProcessStart, 'container' | 'id' | 'command'> {
  readonly exited: Promise<number>;
}

export interface ProcessStartsParts {
  readonly control: ControlChannel;
  readonly stdio: StdioChannel;
  readonly exits: Exits;
  readonly guest: GuestInfo;
  /** Ends such a process. */
  readonly end: (late: LateProcess) => Promise<void>;
}

interface Started {
  readonly id: string;
  readonly ended: Promise<ProcessEnd>;
  readonly stdio: StdioStream;
  readonly stderr: StdioStream | undefined;
}

interface Spawned extends Started {
  readonly start: ProcessStart;
}

export class ProcessStarts {
  readonly #parts: ProcessStartsParts;
  /** Processes whose start was abandoned and may come still. */
  readonly #takingBack = new Map<string, Promise<void>>();

  constructor(parts: ProcessStartsParts) {
    this.#parts = parts;
  }

  /** Resolves when the guest says that it runs. @throws GuestError, or the signal's reason */
  async start(start: ProcessStart): Promise<GuestProcess> {
    const { container, id, terminal, command, message, limitMs, signal } = start;
    const { control, exits, stdio: channel } = this.#parts;
    signal?.throwIfAborted();
    const ended = exits.expect(container, id);
    const stdio = channel.open();
    const stderr = terminal ? undefined : channel.open();
    const spawned = { id, start, ended, stdio, stderr };
    let asked: Promise<Buffer> | undefined;
    try {
      const body = encodeJson(message({ stdio: stdio.session, stderr: stderr?.session ?? 0n }));
      asked = control.begin(command, body);
      const answer = await inTime(asked, command, { limitMs, container, signal });
      const pid = control.parsed(pidIn, answer);
      this.#awaitExitFrame(start, stdio);
      return this.#processOf(spawned, pid);
    } catch (error) {
      if (asked && !(error instanceof GuestError && ANSWERED.includes(error.code))) this.#takeBack(spawned, asked);
      else this.#forget(spawned);
      throw error;
    }
  }

  /** A process that an earlier host has started. */
  adopt(listed: ListedProcess): GuestProcess {
    const { container, id, pid, state, status } = listed;
    const { stdio: channel, exits } = this.#parts;
    const ended = state === 'ended' ? Promise.resolve({ status }) : exits.expect(container, id);
    const stdio = channel.adopt(BigInt(listed.stdio), stdioState(listed));
    const stderr = listed.stderr ? channel.adopt(BigInt(listed.stderr), stderrState(listed)) : undefined;
    return this.#processOf({ id, ended, stdio, stderr }, pid);
  }

  #processOf(started: Started, pid: number): GuestProcess {
    const { id, ended, stdio, stderr } = started;
    ended.then(
      ({ written }) => streamsOf(started).map((stream, at) => stream.processEnded(written?.[at])),
      () => streamsOf(started).map((stream) => stream.lost()),
    );
    const exited = statusOf(ended);
    const resize = (rows: number, columns: number) => this.#resize(stdio, rows, columns);
    return { id, session: Number(stdio.session), pid, stdio, stderr, exited, resize };
  }

  /** As `GuestSession.takenBack`. */
  async takenBack(container: string, process: string): Promise<void> {
    await this.#takingBack.get(`${container}/${process}`);
  }

  /** The guest may start the process still: it is then ended as soon as the guest says so. */
  #takeBack(spawned: Spawned, asked: Promise<Buffer>): void {
    const { container, id } = spawned.start;
    const name = `${container}/${id}`;
    const done = this.#endLate(spawned, asked)
      .catch(() => {})
      .finally(() => {
        this.#takingBack.delete(name);
        this.#forget(spawned);
      });
    this.#takingBack.set(name, done);
  }

  async #endLate(spawned: Spawned, asked: Promise<Buffer>): Promise<void> {
    const { start, ended, stdio } = spawned;
    for (const stream of streamsOf(spawned)) stream.destroy();
    await asked;
    this.#awaitExitFrame(start, stdio);
    await this.#parts.end({ ...start, exited: statusOf(ended) });
  }

  #forget(spawned: Spawned): void {
    const { container, id, forgotten } = spawned.start;
    this.#parts.exits.forget(container, id);
    forgotten?.();
    for (const stream of streamsOf(spawned)) {
      stream.lost();
      stream.destroy();
    }
  }

  /** In the base protocol an init's status, and before 4244 every status, follows the stream's end. */
  #awaitExitFrame({ container, id }: ProcessStart, stdio: StdioStream): void {
    const { guest, exits } = this.#parts;
    if (guest.extended || (id !== 'init' && guest.version >= ASYNC_EVENTS)) return;
    void stdio.exitFrame.then((status) => exits.finished(container, id, { status }, false));
  }

  async #resize(stdio: StdioStream, rows: number, columns: number): Promise<void> {
    await this.#parts.control.request(CODE.WINSIZE, encodeJson({ seq: stdio.session, row: rows, column: columns }));
  }
}

/** Whoever awaits it gets the error, which is not unhandled until then. */
function statusOf(ended: Promise<ProcessEnd>): Promise<number> {
  const status = ended.then((end) => end.status);
  status.catch(() => {});
  return status;
}

function streamsOf({ stdio, stderr }: Pick<Started, 'stdio' | 'stderr'>): StdioStream[] {
  return stderr ? [stdio, stderr] : [stdio];
}

function pidIn(answer: Buffer): number {
  if (answer.length === 0) return 0;
  const pid = Pid.safeParse(parseJson(answer)).data;
  if (!pid) throw broken('it answered without the pid of the process');
  return pid.pid;
}
